/** Waits until each stream has said what became of its data: `pipeline` rejects before the clean-up is over. */
export async function settled(...streams: readonly Settling[]): Promise<void> {
  for (const stream of streams) {
    const { cleanup, leftover } = await stream.settled;
    if (cleanup === 'confirmed') continue;
    const what = JSON.stringify(leftover ?? {});
    throw new AggregateError([new Error(`a clean-up could not be confirmed; this may be left: ${what}`)]);
  }
}

interface Settling {
  readonly settled: Promise<{ readonly cleanup: 'confirmed' | 'unconfirmed'; readonly leftover?: object }>;
}
