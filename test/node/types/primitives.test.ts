/** Bytes ⇄ hex: the only text form of hashes, keys and addresses. */
import { expect } from "chai";
import { fromHex, toHex } from "../../../node/types/primitives.ts";

describe("hex", () => {
  it("every byte comes back as it was, in lower case", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(toHex(bytes)).to.equal(`0x${Buffer.from(bytes).toString("hex")}`);
    expect(fromHex(toHex(bytes))).to.deep.equal(bytes);
    expect(fromHex(toHex(bytes).toUpperCase().replace("0X", "0x"))).to.deep.equal(bytes);
    expect(fromHex("0x")).to.deep.equal(new Uint8Array());
  });

  it("refuses what is not hex of whole bytes", () => {
    for (const text of ["", "00", "0x0", "0x0g", "0xé0", "0x\u30a0\u30a0", "0x 0", "0X00", "0x0x"]) {
      expect(fromHex(text), text).to.equal(undefined);
    }
  });
});
