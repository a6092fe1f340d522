/**
 * Reads of accounts, code, slots and proofs at any finalised block.
 *
 * Owns: header → state root → answers; a few old roots stay in memory between reads.
 * Does not own: running code (simulator.ts), the block being executed (state.ts).
 * Called by: embedded. EIP-1186 for proofs.
 */
import type { AccountProof, AccountState } from "../ports/execution.ts";
import { type Address, fromHex, type Hash, hashBytes, ZERO_HASH } from "../types/primitives.ts";
import { EMPTY_CODE_HASH, NO_CODE, toQuantity } from "./account-data.ts";
import { bytesEqual, hexOf, keccak256 } from "./hashing.ts";
import { decodeHeader } from "./header.ts";
import { find, prove } from "./trie.ts";
import { type AccountData, EMPTY_ROOT, LazyNode, rootHash, type TrieNode, toNibbles } from "./trie-node.ts";
import { readAccount, readSlot } from "./trie-reads.ts";
import type { TrieStore } from "./trie-store.ts";

/** States of this many old blocks keep the nodes that were read. */
const OLD_ROOTS_KEPT = 8;

export class StateReader {
  readonly #store: TrieStore;
  readonly #executed: (stateRoot: Uint8Array) => TrieNode | undefined;
  readonly #old = new Map<string, LazyNode>();

  /** The states of the head and of blocks above it are in memory; the database may not have them yet. */
  constructor(store: TrieStore, executed: (stateRoot: Uint8Array) => TrieNode | undefined) {
    this.#store = store;
    this.#executed = executed;
  }

  /** The state after the block with this header. */
  rootOf(header: Uint8Array): TrieNode | undefined {
    const { stateRoot } = decodeHeader(header).header;
    if (bytesEqual(stateRoot, EMPTY_ROOT)) return undefined;
    const executed = this.#executed(stateRoot);
    if (executed !== undefined) return executed;
    const name = hexOf(stateRoot);
    const root = this.#old.get(name) ?? new LazyNode(stateRoot);
    this.#old.delete(name);
    this.#old.set(name, root);
    if (this.#old.size > OLD_ROOTS_KEPT) this.#old.delete(this.#old.keys().next().value!);
    return root;
  }

  async data(root: TrieNode | undefined, address: Address): Promise<AccountData | undefined> {
    const key = toNibbles(keccak256(fromHex(address)!));
    return this.#store.whenLoaded(() => readAccount(find(root, key)));
  }

  async account(root: TrieNode | undefined, address: Address): Promise<AccountState> {
    return toAccountState(await this.data(root, address));
  }

  async codeOf(account: AccountData | undefined): Promise<Uint8Array> {
    return account === undefined ? NO_CODE : this.#store.code(account);
  }

  async storage(root: TrieNode | undefined, address: Address, slot: Hash): Promise<Hash> {
    const account = await this.data(root, address);
    const value = await this.#slot(account, slot);
    return value.length === 0 ? ZERO_HASH : (`0x${hexOf(value).slice(2).padStart(64, "0")}` as Hash);
  }

  async proof(root: TrieNode | undefined, address: Address, slots: readonly Hash[]): Promise<AccountProof> {
    const key = toNibbles(keccak256(fromHex(address)!));
    const accountProof = await this.#store.whenLoaded(() => prove(root, key));
    const account = await this.data(root, address);
    const storageProof: { key: Hash; value: bigint; proof: Uint8Array[] }[] = [];
    for (const slot of slots) {
      const path = toNibbles(keccak256(hashBytes(slot)));
      const proof = await this.#store.whenLoaded(() => prove(account?.storage, path));
      storageProof.push({ key: slot, value: toQuantity(await this.#slot(account, slot)), proof });
    }
    return { ...toAccountState(account), accountProof, storageProof };
  }

  async #slot(account: AccountData | undefined, slot: Hash): Promise<Uint8Array> {
    const path = toNibbles(keccak256(hashBytes(slot)));
    return this.#store.whenLoaded(() => readSlot(find(account?.storage, path)));
  }
}

function toAccountState(account: AccountData | undefined): AccountState {
  return {
    nonce: account?.nonce ?? 0n,
    balance: account?.balance ?? 0n,
    codeHash: hexOf(account?.codeHash ?? EMPTY_CODE_HASH) as Hash,
    storageRoot: hexOf(rootHash(account?.storage)) as Hash,
  };
}
