/**
 * FinalityVerifier.verifyHeaders: from a certified block back to an earlier one.
 */
import { expect } from "chai";
import { decodeRlp, encodeRlp, id, keccak256, toBeHex, ZeroHash } from "ethers";
import { range, secretsOf } from "../../helpers/bls.ts";
import { certify, connect, deployVerifier, equalWeights } from "../../helpers/finality.ts";

/** A header as the network makes it (hardfork Osaka, 21 fields). */
function header(number: number, parentHash: string): string {
  const quantity = (value: number | bigint) => (value === 0 || value === 0n ? "0x" : toBeHex(value));
  return encodeRlp([
    parentHash,
    id("ommers"),
    "0x00000000000000000000000000000000000000aa",
    id(`state ${number}`),
    id(`transactions ${number}`),
    id(`receipts ${number}`),
    `0x${"00".repeat(256)}`,
    quantity(0),
    quantity(number),
    quantity(30_000_000),
    quantity(21_000),
    quantity(1_800_000_000 + number),
    "0x",
    id(`randao ${number}`),
    "0x0000000000000000",
    quantity(7),
    id("withdrawals"),
    quantity(0),
    quantity(0),
    ZeroHash,
    id("requests"),
  ]);
}

/** A header with one field exchanged. */
function withField(index: number, value: string | string[]): string {
  const fields = decodeRlp(header(1, ZeroHash)) as (string | string[])[];
  return encodeRlp(fields.with(index, value));
}

/** Headers of `count` blocks in a row. */
function chain(count: number, from = 1): string[] {
  const headers: string[] = [];
  for (const index of range(count)) {
    const parent = headers.at(-1);
    headers.push(header(from + index, parent ? keccak256(parent) : id("a parent")));
  }
  return headers;
}

async function setup() {
  const connection = await connect();
  const members = equalWeights(secretsOf(4));
  const verifier = await deployVerifier(connection, members);
  const certifyHeader = (rlp: string) =>
    certify(verifier, members, range(3), { epoch: 0n, viewNumber: 9n, digest: keccak256(rlp) });
  return { verifier, certifyHeader };
}

describe("FinalityVerifier: verifyHeaders", () => {
  it("[CON-9] [FIN-4] proves the certified block itself and any block before it", async () => {
    const { verifier, certifyHeader } = await setup();
    const headers = chain(5, 0);
    const certificate = await certifyHeader(headers[4]!);
    for (const from of range(5)) {
      const proven = await verifier.verifyHeaders(headers.slice(from), certificate);
      expect(proven.number).to.equal(from);
      expect(proven.blockHash).to.equal(keccak256(headers[from]!));
      expect(proven.stateRoot).to.equal(id(`state ${from}`));
      expect(proven.receiptsRoot).to.equal(id(`receipts ${from}`));
    }
  });

  it("reverts with FinalityHeadersMissing when no header is given", async () => {
    const { verifier, certifyHeader } = await setup();
    const certificate = await certifyHeader(header(1, ZeroHash));
    await expect(verifier.verifyHeaders([], certificate)).to.be.revertedWithCustomError(
      verifier,
      "FinalityHeadersMissing",
    );
  });

  it("[FIN-4] reverts with FinalityHeaderUnlinked when an attacker leaves a block out or puts another in", async () => {
    const { verifier, certifyHeader } = await setup();
    const headers = chain(4);
    const certificate = await certifyHeader(headers[3]!);
    const gap = [headers[0]!, headers[1]!, headers[3]!];
    await expect(verifier.verifyHeaders(gap, certificate))
      .to.be.revertedWithCustomError(verifier, "FinalityHeaderUnlinked")
      .withArgs(2n, keccak256(headers[2]!), keccak256(headers[1]!));
    const forged = [header(1, id("forged")), ...headers.slice(1)];
    await expect(verifier.verifyHeaders(forged, certificate))
      .to.be.revertedWithCustomError(verifier, "FinalityHeaderUnlinked")
      .withArgs(1n, keccak256(headers[0]!), keccak256(forged[0]!));
  });

  it("[FIN-4] reverts with FinalityHeaderUncertified when the chain does not end at the certified block", async () => {
    const { verifier, certifyHeader } = await setup();
    const headers = chain(3);
    const certificate = await certifyHeader(headers[2]!);
    await expect(verifier.verifyHeaders(headers.slice(0, 2), certificate))
      .to.be.revertedWithCustomError(verifier, "FinalityHeaderUncertified")
      .withArgs(keccak256(headers[1]!), keccak256(headers[2]!));
  });

  it("[FIN-4] refuses a right chain under a certificate that does not hold", async () => {
    const { verifier, certifyHeader } = await setup();
    const headers = chain(2);
    const certificate = { ...(await certifyHeader(headers[1]!)), viewNumber: 10n };
    await expect(verifier.verifyHeaders(headers, certificate)).to.be.revertedWithCustomError(
      verifier,
      "FinalitySignatureInvalid",
    );
  });

  it("refuses what is no header: empty, cut off, too few fields, bytes behind it, lists and giants for numbers", async () => {
    const { verifier, certifyHeader } = await setup();
    const bad = [
      ["0x", "RLPInvalidEncoding"],
      [header(1, ZeroHash).slice(0, 200), "RLPInvalidEncoding"],
      [encodeRlp([ZeroHash, ZeroHash]), "FieldNotPresentInBlockHeader"],
      [`${header(1, ZeroHash)}00`, "RLPInvalidEncoding"],
      [withField(8, ["0x01"]), "RLPInvalidEncoding"],
      [withField(8, `0x${"01".repeat(33)}`), "RLPInvalidEncoding"],
      [withField(3, `0x${"01".repeat(33)}`), "RLPInvalidEncoding"],
      [keccak256("0x"), "RLPInvalidEncoding"],
    ] as const;
    for (const [rlp, error] of bad) {
      const certificate = await certifyHeader(rlp);
      await expect(verifier.verifyHeaders([rlp], certificate)).to.be.revertedWithCustomError(verifier, error);
    }
  });
});
