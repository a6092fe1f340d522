/**
 * `node scripts/simulate.ts consensus …`: runs the shipping consensus engine under virtual time and seeded faults.
 *
 * Owns: the command line. Does not own: the simulator (test/simulation), the table (simulate/consensus.ts).
 * Exit code 1 when a property was violated. Called by: developers, CI.
 */
import { Command, InvalidArgumentError } from "commander";
import { BEHAVIOURS, type Behaviour } from "../test/simulation/byzantine.ts";
import { simulateConsensus } from "./simulate/consensus.ts";

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number is needed");
  return value;
}

function behaviours(text: string): readonly Behaviour[] {
  const names = text.split(",").map((name) => BEHAVIOURS.find((behaviour) => behaviour === name));
  const known = names.filter((name) => name !== undefined);
  if (known.length !== names.length) throw new InvalidArgumentError(`known are ${BEHAVIOURS.join(", ")}`);
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
  .option("--behaviours <names>", `what they do: ${BEHAVIOURS.join(", ")}`, behaviours)
  .option("--json", "the figures as one JSON object on the last line")
  .action((options: Parameters<typeof simulateConsensus>[0]) => {
    process.exitCode = simulateConsensus(options) ? 0 : 1;
  });
program.parse();
