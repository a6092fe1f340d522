/**
 * What the contracts wait for that anybody may do: election pages, the next set, the end of an epoch, samples of
 * participation, rewards, the settlement of days.
 *
 * Owns: reading which of these are due as of a block, and the calls that do them. Does not own: who sends them when
 * (node/app/keeper.ts). The contracts check everything again: a wrong or late call changes nothing.
 * Called by: app. Whitepaper §2.4.3, §3.1; docs/protocol/epochs.md.
 */
import { Interface } from "ethers";
import { signatureToEvm } from "../crypto/bls/points.ts";
import type { BlockStorePort, StoredBlock } from "../ports/chain.ts";
import type { StatePort } from "../ports/execution.ts";
import type { Certificate } from "../types/messages.ts";
import { type Address, fromHex, type Hash, toHex, type ValidatorIndex, ZERO_HASH } from "../types/primitives.ts";
import { ContractCalls } from "./contract-calls.ts";

const abi = new Interface([
  "function addressOf(bytes32 name) view returns (address)",
  "function epoch() view returns (uint64)",
  "function endsAt() view returns (uint48)",
  "function currentSample() view returns (uint256 sample, bytes32 digest, uint256 signers)",
  "function isRewarded(uint64 epoch) view returns (bool)",
  "function progress() view returns (uint64 epoch, uint256 scanned, bool finished, bool stored)",
  "function settledDays() view returns (uint256)",
  "function elect(uint256 maxCandidates) returns (bool)",
  "function storeSet()",
  "function advance()",
  "function reward(uint64 epoch) returns (uint256)",
  "function settleDays() returns (uint256)",
  "function recordParticipation(tuple(uint64 epoch, uint64 viewNumber, bytes32 digest, bytes signers, bytes signature) certificate, uint256 blockNumber)",
]);

/** A call that is due. */
export interface Duty {
  /** The same for all nodes as long as the same thing is due: they take turns by it. */
  readonly key: string;
  /** True when it is due for this validator alone: nobody else will send it. */
  readonly isOwn: boolean;
  readonly to: Address;
  readonly data: Uint8Array;
}

/** Where and when duties are read: the newest final block, and the time now. */
export interface DutyContext {
  /** RLP of the newest final block's header. */
  readonly header: Uint8Array;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** This node's place in the present set. */
  readonly index: ValidatorIndex;
}

export interface EpochDutiesOptions {
  readonly state: StatePort;
  readonly store: BlockStorePort;
  readonly directory: Address | undefined;
  /** The certificate with this node's own vote, if it gave one that came too late for it. */
  complete(certificate: Certificate): Promise<Certificate>;
}

const SECONDS_PER_DAY = 86_400;
/** What one page of an election scans: about half of what a transaction may cost. */
const CANDIDATES_PER_PAGE = 800n;
/** Rewards of so many past epochs are looked after; anyone may still call for older ones. */
const REWARD_EPOCHS_BACK = 4n;
/** A final block without a certificate of its own is passed over; its neighbours have one. */
const CERTIFICATE_SEARCH_BLOCKS = 16;

export class EpochDuties {
  readonly #calls: ContractCalls;
  readonly #store: BlockStorePort;
  readonly #complete: EpochDutiesOptions["complete"];

  constructor(options: EpochDutiesOptions) {
    this.#calls = new ContractCalls(options.state, abi, options.directory);
    this.#store = options.store;
    this.#complete = options.complete;
  }

  /** Everything that is due; empty before the contracts are deployed. */
  async due(context: DutyContext): Promise<readonly Duty[]> {
    const { header } = context;
    const [epochs, election, staking] = await Promise.all(
      ["EpochManager", "ValidatorElection", "StakingPool"].map((name) => this.#calls.find(header, name)),
    );
    if (!epochs || !election || !staking) return [];
    const epoch = await this.#one<bigint>(header, epochs, "epoch");
    if (epoch === undefined) return [];
    const found = await Promise.all([
      this.#epochDuty(context, { epochs, election, epoch }),
      this.#participation(context, epochs, epoch),
      this.#reward(header, epochs, epoch),
      this.#settlement(context, staking),
    ]);
    return found.filter((duty) => duty !== undefined);
  }

  /** The next step of the election; when the set stands, the end of the epoch. */
  async #epochDuty(
    { header, timestamp }: DutyContext,
    { epochs, election, epoch }: { epochs: Address; election: Address; epoch: bigint },
  ): Promise<Duty | undefined> {
    const progress = await this.#calls.read(header, election, "progress", []);
    if (!progress) return undefined;
    const [target, scanned, finished, stored] = progress as [bigint, bigint, boolean, boolean];
    if (!finished) return duty(`elect ${target} ${scanned}`, election, "elect", [CANDIDATES_PER_PAGE]);
    if (!stored) return duty(`storeSet ${target}`, election, "storeSet", []);
    const endsAt = await this.#one<bigint>(header, epochs, "endsAt");
    const isOver = endsAt !== undefined && BigInt(timestamp) >= endsAt;
    return isOver ? duty(`advance ${epoch}`, epochs, "advance", []) : undefined;
  }

  /** The present part of the epoch has no sample yet, or one that this validator is missing from. */
  async #participation({ header, index }: DutyContext, epochs: Address, epoch: bigint): Promise<Duty | undefined> {
    const current = await this.#calls.read(header, epochs, "currentSample", []);
    if (!current) return undefined;
    const [sample, digest, signers] = current as [bigint, Hash, bigint];
    const isTaken = digest !== ZERO_HASH;
    if (isTaken && hasBit(signers, index)) return undefined;
    const block = isTaken ? await this.#store.blockByHash(digest) : await this.#newestCertified();
    if (!block?.finalization || BigInt(block.finalization.epoch) !== epoch) return undefined;
    const certificate = await this.#complete(block.finalization);
    if (isTaken && !hasBit(bitsOf(certificate.signers), index)) return undefined;
    const key = isTaken ? `sample ${epoch} ${sample} with ${index}` : `sample ${epoch} ${sample}`;
    const values = [certificateArgument(certificate), block.height];
    return { ...duty(key, epochs, "recordParticipation", values), isOwn: isTaken };
  }

  async #reward(header: Uint8Array, epochs: Address, epoch: bigint): Promise<Duty | undefined> {
    const oldest = epoch > REWARD_EPOCHS_BACK ? epoch - REWARD_EPOCHS_BACK : 0n;
    for (let past = oldest; past < epoch; past++) {
      const isRewarded = await this.#one<boolean>(header, epochs, "isRewarded", [past]);
      if (isRewarded === false) return duty(`reward ${past}`, epochs, "reward", [past]);
    }
    return undefined;
  }

  async #settlement({ header, timestamp }: DutyContext, staking: Address): Promise<Duty | undefined> {
    const settled = await this.#one<bigint>(header, staking, "settledDays");
    const today = BigInt(Math.floor(timestamp / SECONDS_PER_DAY));
    if (settled === undefined || settled >= today) return undefined;
    return duty(`settleDays ${settled}`, staking, "settleDays", []);
  }

  async #newestCertified(): Promise<StoredBlock | undefined> {
    const { height: newest } = this.#store.head();
    for (let height = newest; height > 0 && height > newest - CERTIFICATE_SEARCH_BLOCKS; height--) {
      const block = await this.#store.blockByHeight(height as typeof newest);
      if (block?.finalization) return block;
    }
    return undefined;
  }

  async #one<Value>(
    header: Uint8Array,
    to: Address,
    name: string,
    values: readonly unknown[] = [],
  ): Promise<Value | undefined> {
    return (await this.#calls.read(header, to, name, values))?.[0] as Value | undefined;
  }
}

function duty(key: string, to: Address, name: string, values: readonly unknown[]): Duty {
  return { key, isOwn: false, to, data: fromHex(abi.encodeFunctionData(name, values))! };
}

/** IFinalityVerifier.Certificate. */
function certificateArgument({ epoch, view, digest, signers, signature }: Certificate) {
  return { epoch, viewNumber: view, digest, signers: toHex(signers), signature: toHex(signatureToEvm(signature)) };
}

const hasBit = (bits: bigint, index: ValidatorIndex): boolean => ((bits >> BigInt(index)) & 1n) === 1n;

/** A certificate's bitmap as the contract counts it: bit i is validator i. */
function bitsOf(signers: Uint8Array): bigint {
  return signers.reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}
