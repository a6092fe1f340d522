/**
 * What the node asks of the chain about epochs: which block closes one, and who validates the next.
 *
 * Owns: the port. Adapter: node/chain/epoch-reader.ts (the system contracts); tests have their own.
 * Does not own: what happens at the boundary (node/consensus/reproposal.ts, node/app/epoch-runner.ts).
 * Called by: app. Whitepaper §2.4.2 (reconfiguration), §2.4.3 (stages).
 */
import type { Address, Epoch, Weight } from "../types/primitives.ts";
import type { Receipt } from "./execution.ts";

/** The stages of the network in their order (contracts/types/Stage.sol). */
export const STAGE_NAMES = ["Origin", "CapeOfGoodHope", "NewGeneration"] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface EpochValidator {
  readonly operator: Address;
  /** Compressed G1, 48 bytes. */
  readonly publicKey: Uint8Array;
  readonly weight: Weight;
}

export interface EpochDescription {
  readonly epoch: Epoch;
  readonly stage: StageName;
  /** In the order of their bits in certificates; never empty. */
  readonly validators: readonly EpochValidator[];
}

/** An executed block. */
export interface EpochBlock {
  /** As its header says. */
  readonly epoch: Epoch;
  /** RLP of the header; the state after the block must be readable (StatePort). */
  readonly header: Uint8Array;
  readonly receipts: readonly Pick<Receipt, "logs">[];
}

export interface EpochSource {
  /**
   * The epoch that follows when this block is the last of its own; undefined when it is not. A function of the block
   * and the state after it alone: every node that executes the block must get the same answer.
   */
  following(block: EpochBlock): Promise<EpochDescription | undefined>;
}
