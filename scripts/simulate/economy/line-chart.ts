/**
 * Line charts as SVG text: axes with round numbers, grid, units, and a legend beside the lines' ends.
 *
 * Owns: the drawing. Does not own: what is drawn (charts.ts). Called by: charts.ts.
 */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

/** A vertical line with a word, for example where a stage begins. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface Chart {
  readonly title: string;
  readonly about: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** The highest value of the y axis; the largest point when missing. */
  readonly yMaximum?: number;
  readonly yMinimum?: number;
}

const SIZE = { width: 860, height: 460, left: 72, right: 196, top: 68, bottom: 56 };
const PLOT = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom };
/** Distinguishable in print and for colour-blind readers (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const INK = "#222222";
const GRID = "#dddddd";
const LEGEND_STEP = 18;

export function lineChart(chart: Chart): string {
  const points = chart.series.flatMap(({ points }) => points);
  const [xLow, xHigh] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const yLow = chart.yMinimum ?? 0;
  const yTicks = ticks(yLow, chart.yMaximum ?? Math.max(...points.map(([, y]) => y)));
  const yHigh = yTicks.at(-1)!;
  const x = (value: number) => SIZE.left + ((value - xLow) / (xHigh - xLow || 1)) * PLOT.width;
  const y = (value: number) => SIZE.top + PLOT.height - ((value - yLow) / (yHigh - yLow || 1)) * PLOT.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(chart.title)}</title>`,
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#ffffff"/>`,
    text(SIZE.left, 26, chart.title, "start", 'font-size="17" font-weight="bold"'),
    text(SIZE.left, 46, chart.about, "start", `fill="#555555"`),
    ...yTicks.flatMap((tick) => [
      line(SIZE.left, y(tick), SIZE.left + PLOT.width, y(tick), GRID),
      text(SIZE.left - 8, y(tick) + 4, short(tick), "end"),
    ]),
    ...ticksWithin(xLow, xHigh).flatMap((tick) => [
      line(x(tick), SIZE.top + PLOT.height, x(tick), SIZE.top + PLOT.height + 5, INK),
      text(x(tick), SIZE.top + PLOT.height + 19, short(tick), "middle"),
    ]),
    line(SIZE.left, SIZE.top, SIZE.left, SIZE.top + PLOT.height, INK),
    line(SIZE.left, SIZE.top + PLOT.height, SIZE.left + PLOT.width, SIZE.top + PLOT.height, INK),
    text(SIZE.left + PLOT.width / 2, SIZE.height - 14, chart.xLabel, "middle"),
    text(0, 0, chart.yLabel, "middle", `transform="translate(20 ${SIZE.top + PLOT.height / 2}) rotate(-90)"`),
    ...(chart.marks ?? []).flatMap((mark) => [
      line(x(mark.x), SIZE.top, x(mark.x), SIZE.top + PLOT.height, "#888888", 'stroke-dasharray="2 4"'),
      text(x(mark.x) + 4, SIZE.top + 12, mark.label, "start", 'fill="#555555" font-size="11"'),
    ]),
    ...chart.series.flatMap((series, index) => path(series, COLOURS[index % COLOURS.length]!, x, y)),
    ...legend(chart.series, y),
    "</svg>\n",
  ].join("\n");
}

function path({ points, dashed }: Series, colour: string, x: Scale, y: Scale): string[] {
  if (points.length === 0) return [];
  const steps = points.map(([px, py], index) => `${index === 0 ? "M" : "L"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`);
  const style = dashed ? ' stroke-dasharray="6 4"' : "";
  return [`<path d="${steps.join("")}" fill="none" stroke="${colour}" stroke-width="2"${style}/>`];
}

type Scale = (value: number) => number;

/** Names beside the ends of their lines, moved apart where they would cover each other. */
function legend(series: readonly Series[], y: Scale): string[] {
  const entries = series
    .map(({ name, points, dashed }, index) => ({ name, dashed, index, wanted: y(points.at(-1)?.[1] ?? 0) }))
    .toSorted((a, b) => a.wanted - b.wanted);
  let next = SIZE.top;
  const places = entries.map(({ wanted }) => {
    const place = Math.max(wanted, next);
    next = place + LEGEND_STEP;
    return place;
  });
  const overflow = Math.max(0, next - LEGEND_STEP - (SIZE.top + PLOT.height));
  const left = SIZE.left + PLOT.width + 12;
  return entries.flatMap(({ name, index, dashed }, order) => {
    const place = places[order]! - overflow;
    const style = `stroke-width="3"${dashed ? ' stroke-dasharray="6 4"' : ""}`;
    return [
      line(left, place, left + 20, place, COLOURS[index % COLOURS.length]!, style),
      text(left + 26, place + 4, name, "start"),
    ];
  });
}

/** A round step that makes four to eight of a range. */
function roundStep(range: number): number {
  const rough = range / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}

const EPSILON = 1e-9;

/** Round numbers from low, which is one of them, to at least high. */
export function ticks(low: number, high: number): number[] {
  const step = roundStep(high - low);
  const count = Math.ceil((high - low) / step - EPSILON);
  return Array.from({ length: count + 1 }, (_, index) => Number((low + index * step).toPrecision(12)));
}

/** Round numbers between low and high. */
export function ticksWithin(low: number, high: number): number[] {
  const step = roundStep(high - low);
  const first = Math.ceil(low / step - EPSILON);
  const count = Math.floor(high / step + EPSILON) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function short(value: number): string {
  if (Math.abs(value) >= 1e9) return `${value / 1e9} B`;
  if (Math.abs(value) >= 1e6) return `${value / 1e6} M`;
  if (Math.abs(value) >= 1e4) return `${value / 1e3} k`;
  return String(value);
}

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function text(x: number, y: number, words: string, anchor: string, more = ""): string {
  const fill = more.includes("fill=") ? "" : ` fill="${INK}"`;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${fill} ${more}>${escaped(words)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, more = ""): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${colour}" ${more}/>`;
}
