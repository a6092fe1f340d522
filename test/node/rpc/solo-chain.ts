/**
 * A chain of one node without consensus: real execution and block store in memory, every accepted transaction is
 * mined at once.
 *
 * Owns: mining (build → verify → append → setHead). Does not own: execution, storage, the RPC server.
 * Called by: RPC tests and scripts/bench. Blocks are final when they are made, as on the real network.
 */
import { HDNodeWallet, Mnemonic } from "ethers";
import { createEmbeddedExecution } from "../../../node/execution/embedded.ts";
import type { ExecutedBlock, ExecutionPort } from "../../../node/ports/execution.ts";
import type { NodeStatus, RpcBackend } from "../../../node/rpc/backend.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { invariant } from "../../../node/types/errors.ts";
import { type Genesis, genesisSchema } from "../../../node/types/genesis.ts";
import { type Address, asEpoch, asView, type View, ZERO_ADDRESS } from "../../../node/types/primitives.ts";

const MNEMONIC = Mnemonic.fromPhrase("test test test test test test test test test test test junk");
/** Funded accounts, as on a devnet. */
export const soloAccount = (index: number): HDNodeWallet =>
  HDNodeWallet.fromMnemonic(MNEMONIC, `m/44'/60'/0'/0/${index}`);

interface SoloOptions {
  readonly accounts?: number;
  readonly gasLimit?: number;
}

function soloGenesis({ accounts = 10, gasLimit = 30_000_000 }: SoloOptions): Genesis {
  const balance = (10n ** 22n).toString();
  const funded = Array.from({ length: accounts }, (_, i) => [soloAccount(i).address.toLowerCase(), { balance }]);
  return genesisSchema.parse({
    chainId: 2026,
    timestamp: Math.floor(Date.now() / 1000) - 10,
    gasLimit,
    baseFeePerGas: "1000000000",
    alloc: Object.fromEntries(funded),
    validators: [
      {
        operator: ZERO_ADDRESS,
        // The generator of G1: a valid key that signs nothing here.
        blsPublicKey:
          "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
        certificateFingerprint: `0x${"00".repeat(32)}`,
      },
    ],
    timing: {},
  });
}

export class SoloChain implements RpcBackend {
  readonly execution: ExecutionPort;
  readonly store: BlockStore;
  readonly #stopListening: () => void;
  #isMining = true;
  #view = 0;
  #queue: Promise<void> = Promise.resolve();

  private constructor(execution: ExecutionPort, store: BlockStore) {
    this.execution = execution;
    this.store = store;
    this.#stopListening = execution.pool.onAccepted(() => void this.#mineReady());
  }

  static async create(options: SoloOptions = {}): Promise<SoloChain> {
    const execution = await createEmbeddedExecution({ genesis: soloGenesis(options), keyValue: new MemoryKeyValue() });
    return new SoloChain(execution, await BlockStore.open(new MemoryKeyValue(), execution.genesis()));
  }

  status(): NodeStatus {
    const { chainId, genesisHash } = this.execution.info();
    return {
      chainId,
      genesisHash,
      height: this.store.head().height,
      view: asView(this.#view),
      leader: undefined,
      epoch: asEpoch(0),
      stage: "Origin",
      peers: 0,
      validators: [],
      syncing: false,
      version: "0.0.1",
    };
  }

  /** Transactions wait in the pool until mining goes on. */
  pauseMining(): void {
    this.#isMining = false;
  }

  async resumeMining(): Promise<void> {
    this.#isMining = true;
    await this.#mineReady();
  }

  /** Makes a block of what waits, also of nothing. */
  async mine(): Promise<ExecutedBlock> {
    let mined: ExecutedBlock | undefined;
    await this.#inOrder(async () => {
      mined = await this.#mineBlock();
    });
    invariant(mined, "mining makes a block");
    return mined;
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.#queue;
    await this.execution.close();
    await this.store.close();
  }

  #mineReady(): Promise<void> {
    return this.#inOrder(async () => {
      while (this.#isMining && this.execution.pool.hasReady()) await this.#mineBlock();
    });
  }

  async #mineBlock(): Promise<ExecutedBlock> {
    const { execution, store } = this;
    const parentView = this.#view as View;
    this.#view++;
    const built = await execution.build({
      parent: store.head().hash,
      context: { epoch: asEpoch(0), view: asView(this.#view), parentView },
      timestamp: Math.floor(Date.now() / 1000),
      feeRecipient: `0x${"fe".repeat(20)}` as Address,
      deadlineMs: 1000,
    });
    const verdict = await execution.verify(built.payload);
    invariant(verdict.status === "valid", `a block built here is valid: ${JSON.stringify(verdict)}`);
    const executed = execution.executed(built.hash);
    invariant(executed, "a verified block was executed");
    await store.append(executed, undefined);
    await execution.setHead(built.hash);
    return executed;
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}
