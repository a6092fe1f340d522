/**
 * Writing and reading of fields: across the growth of the buffer, and at the ends of what is given.
 *
 * Owns: ByteWriter and ByteReader. The messages made of them: codec.test.ts.
 */
import { expect } from "chai";
import { ByteReader, ByteWriter } from "../../../node/types/binary.ts";

const refuse = (offset: number, reason: string): never => {
  throw new Error(`${offset}: ${reason}`);
};

describe("types/binary", () => {
  const fields: [string, number, (to: ByteWriter) => void, (from: ByteReader) => unknown, unknown][] = [
    ["u8", 1, (to) => to.u8(0xab), (from) => from.u8(), 0xab],
    ["u16", 2, (to) => to.u16(0xabcd), (from) => from.u16(), 0xabcd],
    ["u32", 4, (to) => to.u32(0xabcdef01), (from) => from.u32(), 0xabcdef01],
    ["u64", 8, (to) => to.u64(2 ** 53 - 1), (from) => from.u64(), 2 ** 53 - 1],
    ["u64Big", 8, (to) => to.u64(2n ** 64n - 1n), (from) => from.u64Big(), 2n ** 64n - 1n],
    ["fixed", 3, (to) => to.fixed(Uint8Array.of(1, 2, 3)), (from) => from.fixed(3), Uint8Array.of(1, 2, 3)],
    ["variable", 7, (to) => to.variable(Uint8Array.of(1, 2, 3)), (from) => from.variable(3), Uint8Array.of(1, 2, 3)],
  ];
  for (const [name, bytes, write, read, value] of fields) {
    it(`${name} comes back from any place, also where the buffer grows`, () => {
      for (let before = 500; before <= 515; before++) {
        const to = new ByteWriter();
        to.fixed(new Uint8Array(before).fill(0x5a));
        write(to);
        const written = to.finish();
        expect(written.length, name).to.equal(before + bytes);
        const from = new ByteReader(written, refuse);
        expect(from.fixed(before).every((byte) => byte === 0x5a)).to.equal(true);
        expect(read(from), `${name} behind ${before} bytes`).to.deep.equal(value);
        from.end();
      }
    });

    it(`refuses ${name} when one byte is missing`, () => {
      const to = new ByteWriter();
      write(to);
      expect(() => read(new ByteReader(to.finish().subarray(0, -1), refuse))).to.throw(/bytes expected/);
    });
  }

  it("refuses bytes left over, fields over their limit and unknown codes", () => {
    expect(() => new ByteReader(Uint8Array.of(1), refuse).end()).to.throw(/left over/);
    expect(() => new ByteReader(Uint8Array.of(0, 0, 0, 2, 1, 1), refuse).variable(1)).to.throw(/over its limit/);
    expect(() => new ByteReader(Uint8Array.of(2), refuse).flag()).to.throw(/unknown code/);
    expect(() => new ByteReader(new Uint8Array(8).fill(0xff), refuse).u64()).to.throw(/above 2\^53/);
  });
});
