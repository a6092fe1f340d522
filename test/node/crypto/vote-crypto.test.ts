/**
 * Both BLS backends against the compliance suite, and against each other.
 *
 * Owns: their agreement on the same input. The suite itself: test/compliance/vote-crypto.ts.
 */
import { expect } from "chai";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import { deriveSecretKey } from "../../../node/crypto/bls/keygen.ts";
import { nobleBackend } from "../../../node/crypto/bls/noble.ts";
import { voteCryptoCompliance } from "../../compliance/vote-crypto.ts";

describe("crypto: vote crypto", () => {
  for (const backend of [blstBackend, nobleBackend]) voteCryptoCompliance(backend);

  it("native backend and oracle give the same keys, signatures and sums, and the same verdicts", function () {
    this.timeout(30_000);
    const secretKeys = [11, 12, 13].map((fill) => deriveSecretKey(new Uint8Array(40).fill(fill)));
    const keys = secretKeys.map((secretKey) => blstBackend.publicKey(secretKey));
    expect(secretKeys.map((secretKey) => nobleBackend.publicKey(secretKey))).to.deep.equal(keys);
    const message = new Uint8Array(32).fill(0xa5);
    const signatures = secretKeys.map((secretKey) => blstBackend.sign(secretKey, message));
    expect(secretKeys.map((secretKey) => nobleBackend.sign(secretKey, message))).to.deep.equal(signatures);
    const sum = blstBackend.aggregate(signatures)!;
    expect(nobleBackend.aggregate(signatures)).to.deep.equal(sum);
    const rings = [blstBackend.keyring(keys), nobleBackend.keyring(keys)];
    for (const positions of [
      [0, 1, 2],
      [0, 1],
      [0, 1, 2, 2],
    ]) {
      const [native, oracle] = rings.map((ring) => ring.verifyAggregate(positions, message, sum));
      expect(native, positions.join()).to.equal(oracle);
    }
    for (let bit = 0; bit < 96; bit += 19) {
      const changed = Uint8Array.from(signatures[0]!);
      changed[bit]! ^= 1;
      const [native, oracle] = rings.map((ring) => ring.verify(0, message, changed));
      expect([native, oracle]).to.deep.equal([false, false]);
    }
  });
});
