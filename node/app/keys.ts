/**
 * Makes the keys of one validator: consensus key, operator account, node key and certificate.
 *
 * Owns: making them and where they lie; an existing key is never overwritten. Does not own: using them.
 * Called by: devnet, cli (`cun keys`). Secrets are files that only their owner can read; they are never printed.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { Wallet } from "ethers";
import { blstBackend } from "../crypto/bls/blst.ts";
import { deriveSecretKey } from "../crypto/bls/keygen.ts";
import { createNodeCertificate } from "../network/certificate-maker.ts";
import { saveNodeCertificate } from "../network/certificates.ts";
import { CunError } from "../types/errors.ts";
import { type Address, type PeerId, toHex } from "../types/primitives.ts";
import { dataPaths } from "./config.ts";

/** What others need to know of a validator: its entry in the genesis file. */
export interface PublicKeys {
  readonly operator: Address;
  /** Compressed G1, 48 bytes. */
  readonly blsPublicKey: string;
  readonly certificateFingerprint: PeerId;
}

/** Makes all keys in a data folder that has none. @throws CunError fileInvalid when one is there already */
export function createKeys(directory: string): PublicKeys {
  const paths = dataPaths(directory);
  const taken = [paths.blsKey, paths.operatorKey, paths.privateKey].find(existsSync);
  if (taken)
    throw new CunError("fileInvalid", { path: taken, reason: "a key is there already and is not overwritten" });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const secretKey = deriveSecretKey(randomBytes(32));
  const operator = Wallet.createRandom();
  const certificate = createNodeCertificate();
  saveNodeCertificate(certificate, { certificate: paths.certificate, privateKey: paths.privateKey });
  writeSecret(paths.blsKey, toHex(secretKey));
  writeSecret(paths.operatorKey, operator.privateKey);
  return {
    operator: operator.address.toLowerCase() as Address,
    blsPublicKey: toHex(blstBackend.publicKey(secretKey)),
    certificateFingerprint: certificate.fingerprint,
  };
}

function writeSecret(path: string, secret: string): void {
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
}
