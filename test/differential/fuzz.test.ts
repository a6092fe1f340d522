/**
 * Histories seed after seed until a time, for `npm run fuzz`; in no other run.
 *
 * Owns: the loop and the live line. On a terminal the line is rewritten, elsewhere one comes with every history.
 * Called by: scripts/fuzz.ts.
 */
import { connect } from "../helpers/finality.ts";
import { emissionScript } from "./emission-script.ts";
import { playHistory } from "./history.ts";
import { stakingScript } from "./staking-script.ts";

const until = Number(process.env["CUN_FUZZ_UNTIL"] ?? 0);
const firstSeed = Number(process.env["CUN_FUZZ_SEED"] ?? 1);
const stepsEach = Number(process.env["CUN_FUZZ_STEPS"] ?? 2_000);
const START = 30_000n * 86_400n;
/** Buckets have few stories to tell: one history of theirs for seven of stake. */
const EMISSION_EVERY = 8;

function show(line: string, isLast: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line.slice(0, process.stdout.columns - 1)}`);
  else if (isLast) console.log(line);
}

describe("economy against its model: fuzz", function () {
  this.timeout(0);
  it("[STK-3] [EMI-5] agrees, seed after seed, until the time is over", async () => {
    const started = Date.now();
    let [seed, steps, comparisons] = [firstSeed, 0, 0];
    do {
      const kind = seed % EMISSION_EVERY === 0 ? "buckets" : "stake";
      const make = kind === "buckets" ? emissionScript : stakingScript;
      const line = () => {
        const seconds = Math.max(1, (Date.now() - started) / 1_000);
        const left = Math.max(0, (until - Date.now()) / 60_000);
        return (
          `seed ${seed} (${kind}) · modelSteps ${steps} · comparisons ${comparisons} · modelDifferences 0 · ` +
          `${Math.round(steps / seconds)} steps/s · ${left.toFixed(0)} min left`
        );
      };
      const played = await playHistory(await make(await connect(), START), seed, stepsEach, START + 3_600n, (count) => {
        steps += count;
        show(line(), false);
      });
      comparisons += played.comparisons;
      show(line(), true);
      seed++;
    } while (Date.now() < until);
  });
});
