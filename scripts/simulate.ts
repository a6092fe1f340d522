/**
 * `node scripts/simulate.ts consensus …`: runs the shipping consensus engine under virtual time and seeded faults.
 * `node scripts/simulate.ts economy …`: plays ten years of the economy on the exact reference model.
 *
 * Owns: the command line. Does not own: the simulators (test/simulation, simulate/economy), their tables (simulate).
 * Exit code 1 when a property was violated. Called by: developers, CI.
 */
import { Command, InvalidArgumentError } from "commander";
import { type Behaviour, EPOCH_BEHAVIOURS } from "../test/simulation/byzantine.ts";
import { simulateConsensus } from "./simulate/consensus.ts";
import { isScenario, SCENARIOS, type ScenarioName } from "./simulate/economy/scenario.ts";
import { type EconomyOptions, simulateEconomy } from "./simulate/economy.ts";

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number is needed");
  return value;
}

function part(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("a number from 0 to 1 is needed");
  return value;
}

/** Whole weeks, because the simulation goes by weeks. */
function week(text: string): number {
  const value = whole(text);
  if (value === 0 || value % 7 !== 0) throw new InvalidArgumentError("a multiple of 7 is needed");
  return value;
}

/** The three stages need room: nothing is left to judge when the run ends before New Generation. */
function years(text: string): number {
  const value = whole(text);
  if (value < 1 || value > 100) throw new InvalidArgumentError("1 to 100 years can be played");
  return value;
}

function scenario(name: string): ScenarioName {
  if (!isScenario(name)) throw new InvalidArgumentError(`known are ${Object.keys(SCENARIOS).join(", ")}`);
  return name;
}

function behaviours(text: string): readonly Behaviour[] {
  const names = text.split(",").map((name) => EPOCH_BEHAVIOURS.find((behaviour) => behaviour === name));
  const known = names.filter((name) => name !== undefined);
  if (known.length !== names.length) throw new InvalidArgumentError(`known are ${EPOCH_BEHAVIOURS.join(", ")}`);
  return known;
}

const program = new Command("simulate").description("Runs parts of the node under virtual time");
program
  .command("consensus")
  .description("random faults and corrupt validators, then a heal; checks agreement, validity, certificates, votes")
  .option("--nodes <count>", "validators", whole, 4)
  .option("--seeds <count>", "runs, one seed after the other", whole, 100)
  .option("--seed <number>", "first seed", whole, 1)
  .option("--byzantine <count>", "corrupt validators (default: a random number that is tolerated)", whole)
  .option("--behaviours <names>", `what they do: ${EPOCH_BEHAVIOURS.join(", ")}`, behaviours)
  .option("--epochs", "epochs end at random blocks, each with another set out of the nodes")
  .option("--json", "the figures as one JSON object on the last line")
  .action((options: Parameters<typeof simulateConsensus>[0]) => {
    process.exitCode = simulateConsensus(options) ? 0 : 1;
  });
program
  .command("economy")
  .description("ten years of emission, staking and elections on the exact reference model: plots and claims")
  .option("--scenario <name>", `what people do: ${Object.keys(SCENARIOS).join(", ")}`, scenario, "base")
  .option("--years <count>", "length of the run", years)
  .option("--cape-day <day>", "first day of Cape of Good Hope, a multiple of 7", week)
  .option("--generation-day <day>", "first day of New Generation, a multiple of 7", week)
  .option("--listing-day <day>", "day of the DEX listing, a multiple of 7", week)
  .option("--staked-share <part>", "part of their CUNP that holders stake", part)
  .option("--restaked-share <part>", "part of unlocked rewards that is staked again", part)
  .option("--community-year-share <part>", "part of the community's bucket given out each year", part)
  .option("--business-use <part>", "part of the business budget that applications use", part)
  .option("--sold-share <part>", "part of their income that receivers sell to holders", part)
  .option("--whale-share <part>", "part of the market that one holder without persons buys", part)
  .option("--participation <part>", "part of the samples that a validator signs", part)
  .option("--incentive-rate-bps <bps>", "rate of the incentive pool", whole)
  .option("--stake-days-weight-bps <bps>", "weight p1 of formula (5)", whole)
  .option("--seed <number>", "which operators holders choose", whole)
  .option("--out <folder>", "where the plots go", "data/economy")
  .option("--document", "write docs/ECONOMICS.md and docs/economics instead: every scenario, no exceptions")
  .option("--json", "claims and the last week as one JSON object on the last line")
  .addHelpText(
    "after",
    `
Examples:
  npm run simulate -- economy
  npm run simulate -- economy --scenario whale --out data/whale
  npm run simulate -- economy --staked-share 0.9 --stake-days-weight-bps 0 --years 15`,
  )
  .action((options: EconomyOptions) => simulateEconomy(options));
program.parse();
