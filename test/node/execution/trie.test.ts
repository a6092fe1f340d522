/**
 * The trie against another implementation of the same paper, under random work; persistence and proofs.
 */
import { MerklePatriciaTrie, verifyMerkleProof } from "@ethereumjs/mpt";
import { expect } from "chai";
import { keccak256 } from "../../../node/execution/hashing.ts";
import { orderedRoot } from "../../../node/execution/ordered-root.ts";
import { find, insert, MissingNode, prove, remove } from "../../../node/execution/trie.ts";
import { encodingOf, LazyNode, rootHash, type TrieNode, toNibbles } from "../../../node/execution/trie-node.ts";
import { TrieStore } from "../../../node/execution/trie-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import { toHex } from "../../../node/types/primitives.ts";
import { rejection } from "../../helpers/errors.ts";

/** Small and deterministic; good enough to shuffle keys. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const keyOf = (number: number, bytes: number): Uint8Array => {
  const key = keccak256(Uint8Array.of(number >> 8, number & 255)).slice(0, bytes);
  return key;
};

describe("trie", () => {
  for (const [bytes, longest] of [
    [32, 60],
    [2, 3],
  ] as const) {
    it(`has the root of the reference under random changes (${bytes}-byte keys, values up to ${longest} bytes)`, async () => {
      const random = randomNumbers(bytes);
      const reference = new MerklePatriciaTrie();
      let root: TrieNode | undefined;
      for (let step = 0; step < 1500; step++) {
        const key = keyOf(random(300), bytes);
        if (random(3) === 0) {
          await reference.del(key);
          root = remove(root, toNibbles(key));
        } else {
          const value = new Uint8Array(1 + random(longest)).fill(1 + random(255));
          await reference.put(key, value);
          root = insert(root, toNibbles(key), { value });
        }
        if (step % 7 === 0) expect(toHex(rootHash(root))).to.equal(toHex(reference.root()));
      }
      expect(toHex(rootHash(root))).to.equal(toHex(reference.root()));
    });
  }

  it("comes back from the database after everything in memory is gone, also in parts", async () => {
    const random = randomNumbers(9);
    const store = new TrieStore(new MemoryKeyValue());
    const expected = new Map<number, number>();
    let root: TrieNode | undefined;
    for (let block = 0; block < 20; block++) {
      for (let change = 0; change < 40; change++) {
        const [number, value] = [random(500), 1 + random(255)];
        const [key, before] = [toNibbles(keyOf(number, 32)), root];
        const isRemoval = random(4) === 0;
        root = await store.whenLoaded(() =>
          isRemoval ? remove(before, key) : insert(before, key, { value: new Uint8Array(40).fill(value) }),
        );
        if (isRemoval) expected.delete(number);
        else expected.set(number, value);
      }
      rootHash(root);
      await store.persist(root, {});
      root = new LazyNode(rootHash(root));
    }
    for (let number = 0; number < 500; number++) {
      const leaf = await store.whenLoaded(() => find(root, toNibbles(keyOf(number, 32))));
      expect(leaf?.value[0]).to.equal(expected.get(number));
    }
  });

  it("lets go of nodes and finds them again", async () => {
    const store = new TrieStore(new MemoryKeyValue(), 0);
    let root: TrieNode | undefined;
    for (let number = 0; number < 300; number++) {
      root = insert(root, toNibbles(keyOf(number, 32)), { value: new Uint8Array(40).fill(1 + (number % 250)) });
    }
    const hash = toHex(rootHash(root));
    await store.persist(root, {});
    for (const levels of [3, 2, 1]) {
      store.trim(root, levels);
      expect(store.ifLoaded(() => find(root, toNibbles(keyOf(5, 32))))).to.be.instanceOf(
        levels < 3 ? MissingNode : Object,
      );
      const leaf = await store.whenLoaded(() => find(root, toNibbles(keyOf(5, 32))));
      expect(leaf?.value[0]).to.equal(6);
      const without = await store.whenLoaded(() => remove(root, toNibbles(keyOf(5, 32))));
      expect(toHex(rootHash(insert(without, toNibbles(keyOf(5, 32)), { value: leaf!.value })))).to.equal(hash);
    }
  });

  it("leaves older roots as they were", () => {
    const [one, two] = [toNibbles(keyOf(1, 32)), toNibbles(keyOf(2, 32))];
    const before = insert(undefined, one, { value: Uint8Array.of(1) });
    const hash = toHex(rootHash(before));
    const after = insert(insert(before, two, { value: Uint8Array.of(2) }), one, { value: Uint8Array.of(3) });
    expect(toHex(rootHash(before))).to.equal(hash);
    expect(toHex(rootHash(remove(insert(after, one, { value: Uint8Array.of(1) }), two)))).to.equal(hash);
    expect(find(before, one)?.value[0]).to.equal(1);
  });

  it("proves presence and absence to the reference's verifier", async () => {
    let root: TrieNode | undefined;
    for (let number = 0; number < 200; number++) {
      root = insert(root, toNibbles(keyOf(number, 32)), { value: new Uint8Array(33).fill(number + 1) });
    }
    const hash = rootHash(root);
    const there = await verifyMerkleProof(keyOf(7, 32), prove(root, toNibbles(keyOf(7, 32))));
    expect(there?.[0]).to.equal(8);
    const absent = keyOf(7777, 32);
    expect(await verifyMerkleProof(absent, prove(root, toNibbles(absent)))).to.equal(null);
    expect(toHex(keccak256(prove(root, toNibbles(absent))[0]!))).to.equal(toHex(hash));
  });

  it("gives ordered lists the root of the reference", async () => {
    for (const count of [0, 1, 2, 127, 128, 129, 300]) {
      const items = Array.from({ length: count }, (_, index) =>
        new Uint8Array(1 + (index % 90)).fill(1 + (index % 200)),
      );
      const reference = new MerklePatriciaTrie();
      const { RLP } = await import("@ethereumjs/rlp");
      for (const [index, item] of items.entries()) await reference.put(RLP.encode(index), item);
      expect(toHex(orderedRoot(items)), `${count} items`).to.equal(toHex(reference.root()));
    }
  });

  it("refuses with stateMissing when the database has lost a node", async () => {
    const keyValue = new MemoryKeyValue();
    const store = new TrieStore(keyValue);
    let root: TrieNode | undefined;
    for (let number = 0; number < 50; number++) {
      root = insert(root, toNibbles(keyOf(number, 32)), { value: new Uint8Array(40).fill(9) });
    }
    const hash = rootHash(root);
    await store.persist(root, {});
    await keyValue.write([{ type: "delete", key: Uint8Array.of(0x74, ...hash) }], { durable: false });
    const error = await rejection(store.whenLoaded(() => find(new LazyNode(hash), toNibbles(keyOf(1, 32)))));
    expect(error.errorName).to.equal("stateMissing");
    expect(error.details).to.deep.equal({ kind: "node", hash: toHex(hash) });
  });

  it("encodes a loaded node as it was stored", async () => {
    const store = new TrieStore(new MemoryKeyValue());
    let root: TrieNode | undefined;
    for (let number = 0; number < 30; number++)
      root = insert(root, toNibbles(keyOf(number, 32)), { value: Uint8Array.of(1) });
    const hash = rootHash(root);
    await store.persist(root, {});
    const lazy = new LazyNode(hash);
    await store.whenLoaded(() => find(lazy, toNibbles(keyOf(3, 32))));
    expect(toHex(keccak256(encodingOf(lazy.node!)))).to.equal(toHex(hash));
  });
});
