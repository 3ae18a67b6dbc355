/** A Vega-Lite specification as an SVG file, drawn without a browser. */

/** What is used of vega and vega-lite. Their own types need those of the DOM, which nothing else here has. */
interface Vega {
  parse(spec: object): object;
  readonly View: new (
    runtime: object,
    options: { readonly renderer: 'none' },
  ) => { toSVG(): Promise<string>; finalize(): void };
}
interface VegaLite {
  compile(spec: object, options: { readonly config: object }): { readonly spec: object };
}

/** https://vega.github.io/vega-lite/docs/spec.html */
export type ChartSpec = Readonly<Record<string, unknown>>;

const PACKAGES = ['vega', 'vega-lite'] as const;

const CONFIG = {
  font: 'Helvetica, Arial, sans-serif',
  axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e4e4e4', labelColor: '#333' },
  title: {
    fontSize: 14,
    anchor: 'start',
    fontWeight: 'bold',
    offset: 12,
    subtitleFontSize: 11,
    subtitleColor: '#555',
    subtitlePadding: 5,
  },
  view: { stroke: null },
};

export async function renderSvg(spec: ChartSpec): Promise<string> {
  const [vega, vegaLite] = (await Promise.all(PACKAGES.map((name) => import(name)))) as [Vega, VegaLite];
  const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: CONFIG }).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
