/**
 * Makes the keys of one validator: consensus key, operator account, node key and certificate.
 *
 * Owns: making them and where they lie; an existing key is never overwritten. Does not own: using them.
 * Called by: devnet, cli (`cun keys`, `cun renew-certificate`). Secrets are files that only their owner can read; they are never printed.
 */
import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Wallet } from "ethers";
import { blstBackend } from "../crypto/bls/blst.ts";
import { deriveSecretKey } from "../crypto/bls/keygen.ts";
import { createNodeCertificate } from "../network/certificate-maker.ts";
import { loadNodeCertificate, saveNodeCertificate } from "../network/certificates.ts";
import { CunError } from "../types/errors.ts";
import { type Address, fromHex, type PeerId, toHex } from "../types/primitives.ts";
import { dataPaths, unreadable } from "./config.ts";

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

/** The entry of the keys in a data folder, made when it has none. @throws CunError fileInvalid when some are missing */
export function ensureKeys(directory: string): PublicKeys {
  const paths = dataPaths(directory);
  const secrets = [paths.blsKey, paths.operatorKey, paths.privateKey, paths.certificate];
  return secrets.every(existsSync) ? readKeys(directory) : createKeys(directory);
}

function readKeys(directory: string): PublicKeys {
  const paths = dataPaths(directory);
  return {
    operator: readOperator(directory),
    blsPublicKey: toHex(blstBackend.publicKey(readSecret(paths.blsKey))),
    certificateFingerprint: loadNodeCertificate(paths).fingerprint,
  };
}

/** @throws CunError fileInvalid; the text itself is never shown */
export function readSecret(path: string): Uint8Array {
  const secret = fromHex(readText(path).trim());
  if (secret?.length !== 32) throw new CunError("fileInvalid", { path, reason: "32 bytes as hex expected" });
  return secret;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A validator's account; undefined when its key is kept elsewhere. @throws CunError fileInvalid */
export function readOperatorWallet(directory: string): Wallet | undefined {
  const { operatorKey } = dataPaths(directory);
  return existsSync(operatorKey) ? new Wallet(toHex(readSecret(operatorKey))) : undefined;
}

/** A validator's address. @throws CunError fileInvalid */
export function readOperator(directory: string): Address {
  const wallet = readOperatorWallet(directory);
  if (!wallet)
    throw new CunError("fileInvalid", { path: dataPaths(directory).operatorKey, reason: "there is no such file" });
  return wallet.address.toLowerCase() as Address;
}

/** A validator's consensus key: it also approves batches of the council. @throws CunError fileInvalid */
export const readConsensusKey = (directory: string): Uint8Array => readKeyFile(dataPaths(directory).blsKey);

/** The secret of a validator's account, hex. @throws CunError fileInvalid */
export const readOperatorKey = (directory: string): string => toHex(readKeyFile(dataPaths(directory).operatorKey));

/** @throws CunError fileInvalid when it is not there either */
function readKeyFile(path: string): Uint8Array {
  if (!existsSync(path)) throw new CunError("fileInvalid", { path, reason: "there is no such file" });
  return readSecret(path);
}

/** A node's certificate and its secret, as the proof for the registry needs them. */
export interface NodeFiles {
  /** P-256 secret, 32 bytes, big endian. */
  readonly nodeSecret: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  /** Seconds since 1970. */
  readonly certificateNotAfter: number;
}

/** @throws CunError nodeCertificateInvalid */
export function readNodeFiles(paths: { readonly certificate: string; readonly privateKey: string }): NodeFiles {
  const { certificatePem, privateKeyPem, notAfterMs } = loadNodeCertificate(paths);
  const { d: secret } = createPrivateKey(privateKeyPem).export({ format: "jwk" });
  if (!secret) throw new CunError("nodeCertificateInvalid", { reason: "its key is not on a curve" });
  return {
    nodeSecret: new Uint8Array(Buffer.from(secret, "base64url")),
    certificate: new Uint8Array(new X509Certificate(certificatePem).raw),
    certificateNotAfter: Math.floor(notAfterMs / 1000),
  };
}

/** A new certificate, and where its files wait until it is registered. */
export interface RenewedCertificate {
  readonly certificateFingerprint: PeerId;
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * Makes a node certificate with a new key beside the present one, which stays in use.
 * @throws CunError fileInvalid when one waits there already
 */
export function renewCertificate(directory: string): RenewedCertificate {
  const paths = { certificate: join(directory, "node-cert.new.pem"), privateKey: join(directory, "node-key.new.pem") };
  const taken = Object.values(paths).find(existsSync);
  if (taken) throw new CunError("fileInvalid", { path: taken, reason: "a renewed certificate waits there already" });
  if (!existsSync(directory)) throw new CunError("fileInvalid", { path: directory, reason: "there is no such folder" });
  const renewed = createNodeCertificate();
  saveNodeCertificate(renewed, paths);
  return { certificateFingerprint: renewed.fingerprint, ...paths };
}

function writeSecret(path: string, secret: string): void {
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
}
