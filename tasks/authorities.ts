/**
 * Where a deployment from a developer's desk takes the first validators from.
 *
 * Owns: four public development validators, and reading a devnet's data folders. Does not own: signing (node/sdk).
 * Called by: tasks/deploy.ts, scripts, tests. The development validators' secrets are public: they guard nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { id } from "ethers";
import type { AuthoritiesPort } from "../deploy/lib/environment.ts";
import { dataPaths, readGenesis } from "../node/app/config.ts";
import { validatorDirectory } from "../node/app/devnet.ts";
import { readNodeFiles } from "../node/app/keys.ts";
import { type Authority, signApplication } from "../node/sdk/validator-application.ts";
import { fromHex } from "../node/types/primitives.ts";
import { developmentCertificate } from "./development-certificate.ts";

const DEVELOPMENT_VALIDATORS = 4;
/** 2100-01-01, in seconds: these certificates are names only, no node runs under them. */
const DEVELOPMENT_CERTIFICATE_END = 4_102_444_800;
/** Below the orders of BLS12-381's groups and of P-256, whatever the hash. */
const SECRET_MASK = (1n << 250n) - 1n;

/** Signs each authority's application for the registry that asks. */
export function authoritiesPort(authorities: readonly Authority[]): AuthoritiesPort {
  return (target) => Promise.all(authorities.map((authority) => signApplication(authority, target)));
}

/** An authority whose keys follow from a public seed. */
export function seededAuthority(seed: string): Authority {
  const nodeSecret = seededSecret(`${seed}: node key`);
  return {
    operatorKey: id(`${seed}: operator`),
    blsSecret: seededSecret(`${seed}: bls`),
    nodeSecret,
    certificate: developmentCertificate(nodeSecret, DEVELOPMENT_CERTIFICATE_END),
    certificateNotAfter: DEVELOPMENT_CERTIFICATE_END,
    metadataURI: `urn:coopunion:${seed.replaceAll(" ", "-")}`,
    commissionBps: 1_000,
  };
}

function seededSecret(seed: string): Uint8Array {
  const secret = (BigInt(id(seed)) & SECRET_MASK) + 1n;
  return fromHex(`0x${secret.toString(16).padStart(64, "0")}`)!;
}

/** For networks without CUN validators: in-process, `hardhat node`, anvil. */
export function developmentAuthorities(): Authority[] {
  return Array.from({ length: DEVELOPMENT_VALIDATORS }, (_, index) =>
    seededAuthority(`development validator ${index}`),
  );
}

/** The genesis validators of a development network, from their data folders, in the order of their seats. */
export function devnetAuthorities(network: string): Authority[] {
  const { validators } = readGenesis(join(network, "genesis.json"));
  return validators.map((_, index) => readAuthority(validatorDirectory(network, index), index));
}

/** What a node in a development network applies with. */
export function readAuthority(directory: string, index: number): Authority {
  const paths = dataPaths(directory);
  const secret = (path: string): string => readFileSync(path, "utf8").trim();
  return {
    operatorKey: secret(paths.operatorKey),
    blsSecret: fromHex(secret(paths.blsKey))!,
    ...readNodeFiles(paths),
    metadataURI: `urn:coopunion:devnet-validator-${index}`,
    commissionBps: 1_000,
  };
}
