/**
 * Node certificates: what is in them, what is not, and what files may go wrong.
 *
 * Owns: making, saving, loading. Their use in a handshake: tls-attacks.test.ts.
 */
import { X509Certificate } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createNodeCertificate } from "../../../node/network/certificate-maker.ts";
import { loadNodeCertificate, parseNodeCertificate, saveNodeCertificate } from "../../../node/network/certificates.ts";
import { expectFailure, temporaryFolder } from "../../helpers/temporary.ts";

const DAY_MS = 86_400_000;

describe("network/certificates", () => {
  const folder = temporaryFolder();
  const paths = () => ({ certificate: join(folder.path, "cert.pem"), privateKey: join(folder.path, "key.pem") });

  it("[VAL-8] makes a self-signed X.509 v3 certificate over P-256 whose fingerprint Node and OpenSSL compute alike", () => {
    const made = createNodeCertificate();
    const x509 = new X509Certificate(made.certificatePem);
    expect(x509.verify(x509.publicKey)).to.equal(true);
    expect(x509.ca).to.equal(false);
    expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).to.equal("prime256v1");
    expect(made.fingerprint).to.equal(`0x${x509.fingerprint256.replaceAll(":", "").toLowerCase()}`);
    expect(x509.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });

  it("makes a different key, serial number and fingerprint each time", () => {
    const [first, second] = [createNodeCertificate(), createNodeCertificate()];
    expect(first.fingerprint).to.not.equal(second.fingerprint);
    expect(first.publicKeyHash).to.not.equal(second.publicKeyHash);
    const serials = [first, second].map((made) => new X509Certificate(made.certificatePem).serialNumber);
    expect(serials[0]).to.not.equal(serials[1]);
  });

  it("says nothing about the machine or its user", () => {
    const x509 = new X509Certificate(createNodeCertificate().certificatePem);
    expect([x509.subject, x509.issuer]).to.deep.equal(["CN=Coopunion node", "CN=Coopunion node"]);
    expect(x509.subjectAltName).to.equal(undefined);
    for (const secret of [hostname(), userInfo().username]) expect(x509.raw.includes(secret)).to.equal(false);
  });

  it("is valid from a little before now for as long as asked", () => {
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const made = createNodeCertificate({ nowMs, validDays: 10 });
    expect(made.notAfterMs).to.equal(nowMs + 10 * DAY_MS);
    expect(made.notBeforeMs).to.be.within(nowMs - DAY_MS, nowMs - 1);
  });

  it("loads what it saved, and keeps the key file to its owner", async () => {
    const made = createNodeCertificate();
    saveNodeCertificate(made, paths());
    expect(loadNodeCertificate(paths())).to.deep.equal(made);
    expect((await stat(paths().privateKey)).mode & 0o777).to.equal(0o600);
  });

  it("never overwrites a key that is there", async () => {
    saveNodeCertificate(createNodeCertificate(), paths());
    const before = await readFile(paths().privateKey, "utf8");
    await expectFailure(() => saveNodeCertificate(createNodeCertificate(), paths()), "nodeCertificateInvalid");
    expect(await readFile(paths().privateKey, "utf8")).to.equal(before);
  });

  it("refuses a key of another certificate, damaged files and missing files with nodeCertificateInvalid", async () => {
    const [first, second] = [createNodeCertificate(), createNodeCertificate()];
    await expectFailure(
      () => parseNodeCertificate(first.certificatePem, second.privateKeyPem),
      "nodeCertificateInvalid",
    );
    await expectFailure(() => parseNodeCertificate("no PEM", first.privateKeyPem), "nodeCertificateInvalid");
    await expectFailure(() => parseNodeCertificate(first.certificatePem, "no PEM"), "nodeCertificateInvalid");
    await expectFailure(() => loadNodeCertificate(paths()), "nodeCertificateInvalid");
    saveNodeCertificate(first, paths());
    await writeFile(paths().certificate, second.certificatePem);
    const error = await expectFailure(() => loadNodeCertificate(paths()), "nodeCertificateInvalid");
    expect(error.message).to.not.include("BEGIN");
  });
});
