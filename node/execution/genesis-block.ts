/**
 * The genesis state and block of a genesis file: the same bytes on every node.
 *
 * Owns: accounts of the file plus the system contracts it leaves out, the header of block 0.
 * Does not own: the file's shape (types/genesis.ts), the hash of a validator set (crypto/set-hash.ts).
 * Called by: embedded. The header's extraData is the set's hash; its prevRandao the hash of who the validators are
 * and of the directory's address, so that the genesis hash commits to all that must be equal everywhere.
 */
import { setHash } from "../crypto/set-hash.ts";
import type { Genesis } from "../types/genesis.ts";
import { fromHex, hashBytes } from "../types/primitives.ts";
import { EMPTY_CODE_HASH, encodeAccount, NO_CODE } from "./account-data.ts";
import { keccak256 } from "./hashing.ts";
import { type Header, type SealedHeader, sealHeader } from "./header.ts";
import { SYSTEM_CONTRACTS } from "./system-contracts.ts";
import { insert } from "./trie.ts";
import { EMPTY_ROOT, encodeString, rootHash, type TrieNode, toNibbles } from "./trie-node.ts";

/** SHA-256 of nothing: a block without requests (EIP-7685). */
const EMPTY_REQUESTS_HASH = fromHex("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")!;

export interface GenesisBlock {
  readonly sealed: SealedHeader;
  readonly root: TrieNode | undefined;
}

export function genesisBlock(genesis: Genesis): GenesisBlock {
  const root = genesisState(genesis);
  const header: Header = {
    parentHash: new Uint8Array(32),
    ommersHash: keccak256(Uint8Array.of(0xc0)),
    coinbase: new Uint8Array(20),
    stateRoot: rootHash(root),
    transactionsRoot: EMPTY_ROOT,
    receiptsRoot: EMPTY_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number: 0n,
    gasLimit: BigInt(genesis.gasLimit),
    gasUsed: 0n,
    timestamp: BigInt(genesis.timestamp),
    extraData: hashBytes(validatorsHash(genesis)),
    prevRandao: committeeHash(genesis),
    nonce: new Uint8Array(8),
    baseFeePerGas: BigInt(genesis.baseFeePerGas),
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: new Uint8Array(32),
    requestsHash: EMPTY_REQUESTS_HASH,
  };
  return { sealed: sealHeader(header), root };
}

const validatorsHash = ({ validators }: Genesis) =>
  setHash(
    validators.map(({ blsPublicKey, weight }) => ({ publicKey: fromHex(blsPublicKey)!, weight: BigInt(weight) })),
  );

/** Fixed order of fields, so that two files that say the same give the same hash. */
function committeeHash({ chainId, validators, contracts }: Genesis): Uint8Array {
  const members = validators.map(({ operator, certificateFingerprint }) => [operator, certificateFingerprint]);
  const facts = ["CUN_GENESIS_V1", chainId, members, contracts?.directory ?? ""];
  return keccak256(new TextEncoder().encode(JSON.stringify(facts)));
}

type Allocation = Genesis["alloc"][keyof Genesis["alloc"]];

function genesisState({ alloc }: Genesis): TrieNode | undefined {
  let root: TrieNode | undefined;
  const add = (
    address: Uint8Array,
    account: { nonce: bigint; balance: bigint; code: Uint8Array },
    storage?: TrieNode,
  ) => {
    const hasCode = account.code.length > 0;
    const data = {
      ...account,
      storage,
      codeHash: hasCode ? keccak256(account.code) : EMPTY_CODE_HASH,
      codeStored: !hasCode,
    };
    root = insert(root, toNibbles(keccak256(address)), { value: encodeAccount(data), account: data });
  };
  for (const { address, code } of SYSTEM_CONTRACTS) add(address, { nonce: 1n, balance: 0n, code });
  for (const [address, allocation] of Object.entries(alloc) as [string, Allocation][]) {
    const { balance, nonce, code, storage } = allocation;
    const account = { nonce: BigInt(nonce ?? 0), balance: BigInt(balance), code: code ? fromHex(code)! : NO_CODE };
    add(fromHex(address)!, account, storageTrie(storage ?? {}));
  }
  return root;
}

function storageTrie(slots: Readonly<Record<string, string>>): TrieNode | undefined {
  let root: TrieNode | undefined;
  for (const [slot, word] of Object.entries(slots)) {
    const key = new Uint8Array(32);
    const slotBytes = fromHex(slot)!.slice(-32);
    key.set(slotBytes, 32 - slotBytes.length);
    const value = stripZeros(fromHex(word)!);
    if (value.length > 0) root = insert(root, toNibbles(keccak256(key)), { value: encodeString(value) });
  }
  return root;
}

function stripZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? NO_CODE : bytes.subarray(start);
}
