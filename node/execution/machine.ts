/**
 * One EVM over one state, used again for block after block; and the shelf where idle ones stand.
 *
 * Owns: making them (costly), lending them, the BLOCKHASH opcode's answers from the EIP-2935 contract.
 * Does not own: what is run (executor.ts, simulator.ts), the state's base (given with each use).
 * Called by: executor, simulator. A machine serves one user at a time; as many exist as ever ran at once.
 */
import { type Block, createBlock } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { EVM } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { createVM, type VM } from "@ethereumjs/vm";
import { blake2f } from "./blake2f.ts";
import type { HeaderFrame } from "./block-rules.ts";
import { FastBls } from "./bls12-381.ts";
import { FastBn254 } from "./bn254.ts";
import { setPace } from "./interpreter.ts";
import { p256Verify } from "./p256.ts";
import { Pace } from "./pace.ts";
import { State } from "./state.ts";
import { BLOCK_HASHES, HISTORY_WINDOW } from "./system-contracts.ts";
import type { TrieNode } from "./trie-node.ts";
import type { TrieStore } from "./trie-store.ts";

export interface Machine {
  readonly vm: VM;
  readonly evm: EVM;
  readonly state: State;
  readonly pace: Pace;
}

const HISTORY_ADDRESS = new Address(BLOCK_HASHES.address);

export class MachineShelf {
  readonly #common: Common;
  readonly #store: TrieStore;
  readonly #idle: Machine[] = [];

  constructor(common: Common, store: TrieStore) {
    this.#common = common;
    this.#store = store;
  }

  /** Runs the work on an idle machine whose state starts at the root. */
  async use<Result>(root: TrieNode | undefined, work: (machine: Machine) => Promise<Result>): Promise<Result> {
    const machine = this.#idle.pop() ?? (await this.#make());
    machine.state.reset(root, machine.pace);
    machine.pace.limit();
    machine.evm.journal.cleanJournal();
    machine.evm.transientStorage.clear();
    try {
      return await work(machine);
    } finally {
      machine.state.reset(undefined);
      this.#idle.push(machine);
    }
  }

  /** The block environment as the interpreter wants it. */
  blockOf(frame: HeaderFrame): Block {
    const { prevRandao, ommersHash: _, ...header } = frame;
    return createBlock(
      { header: { ...header, mixHash: prevRandao, coinbase: new Address(frame.coinbase) } },
      { common: this.#common, freeze: false, skipConsensusFormatValidation: true },
    );
  }

  async #make(): Promise<Machine> {
    const state = new State(this.#store, undefined);
    const history = {
      async getBlock(height: number) {
        const hash = await state.getStorage(HISTORY_ADDRESS, historySlot(BigInt(height)));
        return { hash: () => hash };
      },
      async putBlock() {},
      shallowCopy: () => history,
    };
    const pace = new Pace();
    const evm = new EVM({
      common: this.#common,
      stateManager: state,
      blockchain: history,
      bls: new FastBls(),
      bn254: new FastBn254(),
      customPrecompiles: [
        { address: "0x09", function: blake2f(pace) },
        { address: "0x0100", function: p256Verify },
      ],
    });
    const vm = await createVM({ common: this.#common, stateManager: state, evm });
    setPace(evm, pace);
    return { vm, evm, state, pace };
  }
}

/** What a block's first system call (EIP-2935) leaves behind, without the call: a message sees its parent's hash. */
export function knowParent({ state }: Machine, { number, parentHash }: HeaderFrame): Promise<void> {
  return state.putStorage(HISTORY_ADDRESS, historySlot(number - 1n), parentHash);
}

function historySlot(height: bigint): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setBigUint64(24, height % HISTORY_WINDOW);
  return key;
}
