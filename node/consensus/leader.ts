/**
 * Who proposes in a view.
 *
 * Owns: the leader elections; each is a function from view to validator, the same on every node.
 * Does not own: which one a stage uses (node/app reads the stage). Called by: app, simulation. Whitepaper §2.4.2.
 * NET-5. Warning: the seed of the random election is public. Who leads which view of an epoch is known when the epoch
 * starts, and whoever proposes its last block can try several. An election that nobody can foresee or steer is CON-2.
 */
import { concatBytes, domainWord, keccak256 } from "../crypto/hashes.ts";
import { uintWord } from "../crypto/words.ts";
import { invariant } from "../types/errors.ts";
import { asIndex, type Hash, hashBytes, type ValidatorIndex, type View, type Weight } from "../types/primitives.ts";

export type LeaderElection = (view: View) => ValidatorIndex;

/** One after another in the order of the set; view 1 belongs to validator 0. */
export function roundRobin(count: number): LeaderElection {
  invariant(count > 0, "a validator set is not empty");
  return (view) => asIndex((view - 1) % count);
}

const DOMAIN = domainWord("CUN_LEADER_ELECTION_V1");
/** Answers kept: the engine asks for the same few views again and again. */
const REMEMBERED_VIEWS = 256;

/**
 * At random, each with the chance of its share of the weight: keccak256(abi.encode(domain, seed, uint64 view)) modulo
 * the total weight falls into one validator's stretch of the line on which the weights lie side by side.
 * The remainder favours nobody by more than total / 2^256.
 */
export function weightedRandom(weights: readonly Weight[], seed: Hash): LeaderElection {
  const ends: bigint[] = [];
  let total = 0n;
  for (const weight of weights) {
    total += weight;
    ends.push(total);
  }
  invariant(total > 0n, "a validator set has weight");
  const known = new Map<View, ValidatorIndex>();
  return (view) => {
    const leader = known.get(view) ?? leaderAt(ends, drawn(seed, view) % total);
    if (known.size >= REMEMBERED_VIEWS) known.clear();
    known.set(view, leader);
    return leader;
  };
}

function drawn(seed: Hash, view: View): bigint {
  let value = 0n;
  for (const byte of keccak256(concatBytes(DOMAIN, hashBytes(seed), uintWord(view))))
    value = (value << 8n) | BigInt(byte);
  return value;
}

/** The first validator whose stretch ends above the point. */
function leaderAt(ends: readonly bigint[], point: bigint): ValidatorIndex {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return asIndex(low);
}
