/**
 * The state while transactions run over it: accounts and slots in flat maps with an undo journal, over a trie.
 *
 * Owns: the libraries' StateManagerInterface (read, write, checkpoint, revert) and the new root at the end.
 * Does not own: gas, transactions (executor.ts), persistence (trie-store.ts).
 * Called by: executor, simulator, genesis-block. The base trie is never changed: any number of states share it.
 */
import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address, unpadBytes } from "@ethereumjs/util";
import { invariant } from "../types/errors.ts";
import { EMPTY_CODE_HASH, encodeAccount, NO_CODE } from "./account-data.ts";
import { bytesEqual, bytesKey, keccak256 } from "./hashing.ts";
import type { Pace } from "./pace.ts";
import { find, insert, MissingNode, remove } from "./trie.ts";
import { type AccountData, EMPTY_ROOT, encodeString, rootHash, type TrieNode, toNibbles } from "./trie-node.ts";
import { readAccount, readSlot } from "./trie-reads.ts";
import type { TrieStore } from "./trie-store.ts";

interface Slot {
  readonly key: Uint8Array;
  readonly base: Uint8Array;
  value: Uint8Array;
}

interface Storage {
  /** The trie below the slots; undefined once it was cleared. */
  readonly base: TrieNode | undefined;
  readonly slots: Map<string, Slot>;
}

interface Entry {
  readonly address: Uint8Array;
  readonly base: AccountData | undefined;
  account: AccountData | undefined;
  storage: Storage;
}

const isSame = (left: AccountData | undefined, right: AccountData | undefined): boolean =>
  left === right ||
  (left !== undefined &&
    right !== undefined &&
    left.nonce === right.nonce &&
    left.balance === right.balance &&
    bytesEqual(left.codeHash, right.codeHash));

export class State implements StateManagerInterface {
  readonly #store: TrieStore;
  #root: TrieNode | undefined;
  #entries = new Map<string, Entry>();
  #journal: (() => void)[] = [];
  #checkpoints: number[] = [];
  #original = new Map<string, Uint8Array>();
  /** Asked at every call frame. */
  #pace: Pace | undefined;

  constructor(store: TrieStore, root: TrieNode | undefined) {
    this.#store = store;
    this.#root = root;
  }

  /** Starts anew on another root. */
  reset(root: TrieNode | undefined, pace?: Pace): void {
    this.#root = root;
    this.#pace = pace;
    this.#entries = new Map();
    this.#journal = [];
    this.#checkpoints = [];
    this.#original = new Map();
  }

  readonly originalStorageCache = {
    /** Value at the start of the transaction: the gas rules always ask before the first write. */
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> => {
      const name = bytesKey(address.bytes) + bytesKey(key);
      let value = this.#original.get(name);
      if (value === undefined) {
        value = await this.getStorage(address, key);
        this.#original.set(name, value);
      }
      return value;
    },
    clear: (): void => {
      if (this.#original.size > 0) this.#original = new Map();
    },
  };

  async getAccount(address: Address): Promise<Account | undefined> {
    const entry = this.#entries.get(bytesKey(address.bytes)) ?? (await this.#entry(address.bytes));
    const { account, storage } = entry;
    if (account === undefined) return undefined;
    return new Account(
      account.nonce,
      account.balance,
      storage.base === undefined ? EMPTY_ROOT : rootHash(storage.base),
      account.codeHash,
    );
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address);
    const entry = this.#entries.get(bytesKey(address.bytes)) ?? (await this.#entry(address.bytes));
    const before = entry.account;
    const keepsCode = before !== undefined && bytesEqual(before.codeHash, account.codeHash);
    const hasCode = !bytesEqual(account.codeHash, EMPTY_CODE_HASH);
    this.#setAccount(entry, {
      nonce: account.nonce,
      balance: account.balance,
      storage: undefined,
      codeHash: keepsCode ? before.codeHash : account.codeHash,
      code: keepsCode ? before.code : hasCode ? undefined : NO_CODE,
      codeStored: keepsCode ? before.codeStored : true,
    });
  }

  async deleteAccount(address: Address): Promise<void> {
    const entry = this.#entries.get(bytesKey(address.bytes)) ?? (await this.#entry(address.bytes));
    this.#setAccount(entry, undefined);
    this.#setStorage(entry, { base: undefined, slots: new Map() });
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    if (fields.nonce !== undefined) account.nonce = fields.nonce;
    if (fields.balance !== undefined) account.balance = fields.balance;
    if (fields.codeHash !== undefined) account.codeHash = fields.codeHash;
    await this.putAccount(address, account);
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const entry = await this.#entry(address.bytes);
    const account = entry.account;
    this.#setAccount(entry, {
      nonce: account?.nonce ?? 0n,
      balance: account?.balance ?? 0n,
      storage: undefined,
      codeHash: code.length === 0 ? EMPTY_CODE_HASH : keccak256(code),
      code,
      codeStored: code.length === 0,
    });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const { account } = await this.#entry(address.bytes);
    return account === undefined ? NO_CODE : this.#store.code(account);
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  /** Without leading zeros; no bytes for an unset slot. */
  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const entry = await this.#entry(address.bytes);
    return (await this.#slot(entry.storage, key)).value;
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const entry = await this.#entry(address.bytes);
    invariant(entry.account !== undefined, "only an account that exists can store");
    const slot = await this.#slot(entry.storage, key);
    const before = slot.value;
    this.#journal.push(() => {
      slot.value = before;
    });
    slot.value = unpadBytes(value);
  }

  async clearStorage(address: Address): Promise<void> {
    const entry = await this.#entry(address.bytes);
    this.#setStorage(entry, { base: undefined, slots: new Map() });
  }

  async checkpoint(): Promise<void> {
    const pause = this.#pace?.check();
    if (pause !== undefined) await pause;
    this.#checkpoints.push(this.#journal.length);
  }

  async commit(): Promise<void> {
    invariant(this.#checkpoints.pop() !== undefined, "a commit ends a checkpoint");
    if (this.#checkpoints.length === 0) this.#journal = [];
  }

  async revert(): Promise<void> {
    const start = this.#checkpoints.pop();
    invariant(start !== undefined, "a revert ends a checkpoint");
    while (this.#journal.length > start) this.#journal.pop()!();
  }

  /** Takes back everything since the first open checkpoint: after a library gave up in the middle. */
  async unwind(): Promise<void> {
    while (this.#checkpoints.length > 0) await this.revert();
  }

  /** The trie with everything that was written; this state itself stays as it is. */
  async seal(): Promise<TrieNode | undefined> {
    let root = this.#root;
    for (const entry of this.#entries.values()) {
      const storage = await this.#sealStorage(entry.storage);
      if (isSame(entry.account, entry.base) && storage === entry.base?.storage) continue;
      const before = root;
      const key = toNibbles(keccak256(entry.address));
      const account = entry.account && { ...entry.account, storage };
      const content = account && { value: encodeAccount(account), account };
      root = await this.#store.whenLoaded(() => (content ? insert(before, key, content) : remove(before, key)));
    }
    rootHash(root);
    return root;
  }

  async getStateRoot(): Promise<Uint8Array> {
    return rootHash(await this.seal());
  }
  async setStateRoot(): Promise<void> {
    invariant(false, "a state is bound to its base by reset()");
  }
  async hasStateRoot(): Promise<boolean> {
    return false;
  }
  clearCaches(): void {
    this.reset(this.#root);
  }
  shallowCopy(): State {
    return new State(this.#store, this.#root);
  }

  async #sealStorage(storage: Storage): Promise<TrieNode | undefined> {
    let root = storage.base;
    for (const { key, base, value } of storage.slots.values()) {
      if (bytesEqual(base, value)) continue;
      const before = root;
      const path = toNibbles(keccak256(key));
      const content = { value: encodeString(value) };
      root = await this.#store.whenLoaded(() =>
        value.length === 0 ? remove(before, path) : insert(before, path, content),
      );
    }
    return root;
  }

  #setAccount(entry: Entry, account: AccountData | undefined): void {
    const before = entry.account;
    this.#journal.push(() => {
      entry.account = before;
    });
    entry.account = account;
  }

  #setStorage(entry: Entry, storage: Storage): void {
    const before = entry.storage;
    this.#journal.push(() => {
      entry.storage = before;
    });
    entry.storage = storage;
  }

  async #entry(address: Uint8Array): Promise<Entry> {
    const name = bytesKey(address);
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const root = this.#root;
    const key = toNibbles(keccak256(address));
    const now = this.#store.ifLoaded(() => readAccount(find(root, key)));
    const base = now instanceof MissingNode ? await this.#store.whenLoaded(() => readAccount(find(root, key))) : now;
    const entry: Entry = { address, base, account: base, storage: { base: base?.storage, slots: new Map() } };
    this.#entries.set(name, entry);
    return entry;
  }

  async #slot(storage: Storage, key: Uint8Array): Promise<Slot> {
    invariant(key.length === 32, "a slot's key has 32 bytes");
    const name = bytesKey(key);
    const known = storage.slots.get(name);
    if (known !== undefined) return known;
    const path = toNibbles(keccak256(key));
    const now = this.#store.ifLoaded(() => readSlot(find(storage.base, path)));
    const base =
      now instanceof MissingNode ? await this.#store.whenLoaded(() => readSlot(find(storage.base, path))) : now;
    const slot: Slot = { key, base, value: base };
    storage.slots.set(name, slot);
    return slot;
  }
}
