/** Conditions and leases: what must not be done to whatever has changed, or is somebody's. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AdlsServerCheck } from './place.ts';
import { append, fileOf, put, refusal, text } from './requests.ts';

const OTHER = '"0x8D0000000000000"';
const NONE = { conditions: { ifNoneMatch: '*' } };

export const conditionChecks: readonly AdlsServerCheck[] = [
  {
    promise: 'creates a file only where there is none, when it is asked to',
    async verify(place) {
      const file = fileOf(place, 'file');
      await file.create(NONE);
      await append(file, 'first', 0);
      await file.flush(5);
      assert.equal(await refusal(file.create(NONE)), '409 PathAlreadyExists');
      assert.equal((await file.createIfNotExists()).succeeded, false);
      assert.equal(await text(file), 'first');
    },
  },
  {
    promise: 'lets one of several writers win who all want to be the first',
    async verify(place) {
      const answers = await Promise.allSettled(Array.from({ length: 8 }, () => fileOf(place, 'file').create(NONE)));
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    promise: 'flushes, deletes and replaces only the state that is meant',
    async verify(place) {
      const file = await put(place, 'file', 'state');
      const wrong = { conditions: { ifMatch: OTHER } };
      await append(file, 's', 5);
      for (const request of [() => file.flush(6, wrong), () => file.delete(false, wrong), () => file.create(wrong)]) {
        assert.equal(await refusal(request()), '412 ConditionNotMet');
      }
      const right = { conditions: { ifMatch: (await file.getProperties()).etag ?? '' } };
      await file.flush(6, right);
      assert.equal(await refusal(file.flush(6, right)), '412 ConditionNotMet');
      assert.equal(await text(file), 'states');
    },
  },
  {
    promise: 'lets nobody write to a file that is leased but who has the lease',
    async verify(place) {
      const file = await put(place, 'file', 'leased');
      const leaseId = randomUUID();
      const lease = file.getDataLakeLeaseClient(leaseId);
      await lease.acquireLease(15);
      for (const request of [
        () => append(file, '!', 6),
        () => file.flush(6),
        () => file.create(),
        () => file.delete(),
      ]) {
        assert.equal(await refusal(request()), '412 LeaseIdMissing');
      }
      assert.equal(await text(file), 'leased');
      await file.append('!', 6, 1, { conditions: { leaseId } });
      await file.flush(7, { conditions: { leaseId } });
      await lease.releaseLease();
      await file.delete();
    },
  },
];
