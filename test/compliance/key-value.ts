/**
 * What every KeyValuePort must do; run by the memory and the LevelDB adapter.
 *
 * Owns: order, ranges, whole batches, isolation from the caller's buffers, behaviour after close.
 * Does not own: surviving a crash or a full disk (test/node/storage). Called by: test/node/storage/key-value.test.ts.
 */
import { expect } from "chai";
import type { KeyRange, KeyValueChange, KeyValuePort } from "../../node/ports/storage.ts";
import { isCunError } from "../../node/types/errors.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const put = (key: Uint8Array, value: Uint8Array): KeyValueChange => ({ type: "put", key, value });
const remove = (key: Uint8Array): KeyValueChange => ({ type: "delete", key });

export function keyValueCompliance(name: string, open: () => Promise<KeyValuePort>): void {
  describe(`KeyValuePort: ${name}`, () => {
    let store: KeyValuePort;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const write = (...changes: KeyValueChange[]) => store.write(changes, { durable: true });

    async function collect(range: KeyRange): Promise<number[][]> {
      const keys: number[][] = [];
      for await (const [key] of store.entries(range)) keys.push([...key]);
      return keys;
    }

    it("returns undefined for a key that was never written", async () => {
      expect(await store.get(bytes(1))).to.equal(undefined);
    });

    it("returns what was written, also empty values and the empty-looking key 0", async () => {
      await write(put(bytes(0), bytes()), put(bytes(0, 0), bytes(7)));
      expect([...(await store.get(bytes(0)))!]).to.deep.equal([]);
      expect([...(await store.get(bytes(0, 0)))!]).to.deep.equal([7]);
    });

    it("answers getMany in the order of the keys, with undefined for the missing ones", async () => {
      await write(put(bytes(1), bytes(10)), put(bytes(3), bytes(30)));
      const values = await store.getMany([bytes(3), bytes(2), bytes(1), bytes(3)]);
      expect(values.map((value) => value?.[0])).to.deep.equal([30, undefined, 10, 30]);
    });

    it("applies a batch in its order: the last change of a key wins", async () => {
      await write(put(bytes(1), bytes(1)), remove(bytes(1)), put(bytes(1), bytes(2)), put(bytes(2), bytes(1)));
      await write(put(bytes(2), bytes(9)), remove(bytes(2)));
      expect([...(await store.get(bytes(1)))!]).to.deep.equal([2]);
      expect(await store.get(bytes(2))).to.equal(undefined);
      expect(await collect({})).to.deep.equal([[1]]);
    });

    it("deletes a key that is not there without complaint", async () => {
      await write(remove(bytes(5)));
      expect(await collect({})).to.deep.equal([]);
    });

    it("iterates in the order of unsigned bytes, shorter keys first", async () => {
      await write(...[bytes(255), bytes(1, 0), bytes(127), bytes(1), bytes(128, 255)].map((key) => put(key, bytes())));
      expect(await collect({})).to.deep.equal([[1], [1, 0], [127], [128, 255], [255]]);
    });

    it("takes `from` inclusive and `to` exclusive", async () => {
      await write(...[1, 2, 3, 4].map((key) => put(bytes(key), bytes())));
      expect(await collect({ from: bytes(2), to: bytes(4) })).to.deep.equal([[2], [3]]);
      expect(await collect({ from: bytes(3) })).to.deep.equal([[3], [4]]);
      expect(await collect({ to: bytes(2) })).to.deep.equal([[1]]);
      expect(await collect({ from: bytes(4), to: bytes(2) })).to.deep.equal([]);
    });

    it("reverses and limits: the limit counts from the end that is read first", async () => {
      await write(...[1, 2, 3, 4].map((key) => put(bytes(key), bytes())));
      expect(await collect({ limit: 2 })).to.deep.equal([[1], [2]]);
      expect(await collect({ reverse: true, limit: 1 })).to.deep.equal([[4]]);
      expect(await collect({ to: bytes(4), reverse: true, limit: 2 })).to.deep.equal([[3], [2]]);
    });

    it("lets nobody change what is stored through a buffer", async () => {
      const [key, value] = [bytes(1), bytes(1)];
      await write(put(key, value));
      key[0] = value[0] = 99;
      const answer = (await store.get(bytes(1)))!;
      expect(answer[0]).to.equal(1);
      answer[0] = 99;
      expect((await store.get(bytes(1)))![0]).to.equal(1);
    });

    it("takes keys and values that are views into a larger buffer", async () => {
      const whole = bytes(9, 1, 2, 9);
      await write(put(whole.subarray(1, 2), whole.subarray(2, 3)));
      expect([...(await store.get(bytes(1)))!]).to.deep.equal([2]);
    });

    it("keeps concurrent batches whole and in order", async () => {
      const batch = (value: number) => [1, 2, 3].map((key) => put(bytes(key), bytes(value)));
      await Promise.all([1, 2, 3, 4].map((value) => store.write(batch(value), { durable: value % 2 === 0 })));
      const values = await store.getMany([bytes(1), bytes(2), bytes(3)]);
      expect(values.map((value) => value![0])).to.deep.equal([4, 4, 4]);
    });

    it("fails with storageFailed when used after close", async () => {
      await store.close();
      for (const use of [() => store.get(bytes(1)), () => write(put(bytes(1), bytes(1))), () => collect({})]) {
        const error = await use().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(isCunError(error, "storageFailed"), String(error)).to.equal(true);
      }
    });
  });
}
