/**
 * Reads the system contracts from the node's own state: no RPC, no trust in anybody.
 *
 * Owns: finding contracts through the directory, which node certificates are valid, who may stand by the network.
 * Does not own: writing to contracts, admission at the connection (node/app/admission.ts), epochs (epoch-reader.ts).
 * Called by: app, after blocks that touched a system contract. Whitepaper §2.3 (certificate management), §2.4.3.
 */
import { Interface, id } from "ethers";
import type { StatePort } from "../ports/execution.ts";
import type { Address, Epoch, PeerId } from "../types/primitives.ts";
import { ContractCalls } from "./contract-calls.ts";

const abi = new Interface([
  "function addressOf(bytes32 name) view returns (address)",
  "function certificateStatus(bytes32 fingerprint) view returns (uint8 status, address operator)",
  "function activeValidators() view returns (tuple(address operator, bytes key, uint128 weight, bytes32 fingerprint)[])",
  "function validatorOf(address operator) view returns (tuple(uint8 state, uint16 commissionBps, uint64 registeredAt, uint48 commissionChangedAt, uint48 jailedUntil, bytes blsPublicKey, bytes32 peerKey, bytes32 certificateFingerprint, string metadataURI))",
  "function authorities() view returns (address[])",
  "function candidates() view returns (address[])",
  "function operatorsOf(uint64 epoch) view returns (address[])",
]);

export type CertificateStatus = "unknown" | "valid" | "expired" | "revoked";
const CERTIFICATE_STATUS: readonly CertificateStatus[] = ["unknown", "valid", "expired", "revoked"];

export interface SystemContracts {
  readonly registry: Address | undefined;
  readonly stakingPool: Address | undefined;
  readonly epochManager: Address | undefined;
}

/** An operator with its newest node certificate. */
export interface OperatorCertificate {
  readonly operator: Address;
  readonly fingerprint: PeerId;
}

/** Events of StakingPool after which {candidates} answers otherwise; it emits many others. */
export const LISTING_TOPICS: readonly string[] = [id("CandidateListed(address)"), id("CandidateUnlisted(address)")];

/** Place of the field in IValidatorRegistry.Validator. */
const CERTIFICATE_FINGERPRINT = 7;
const NO_CERTIFICATE = `0x${"00".repeat(32)}`;

/** Views of the system contracts as of one block. Before they are deployed everything is at its genesis value. */
export class SystemContractReader {
  readonly #calls: ContractCalls;

  constructor(state: StatePort, directory: Address | undefined) {
    this.#calls = new ContractCalls(state, abi, directory);
  }

  /** Where the contracts are, as the directory says. */
  async contracts(header: Uint8Array): Promise<SystemContracts> {
    const [registry, stakingPool, epochManager] = await Promise.all(
      ["ValidatorRegistry", "StakingPool", "EpochManager"].map((name) => this.#calls.find(header, name)),
    );
    return { registry, stakingPool, epochManager };
  }

  async certificateStatus(header: Uint8Array, registry: Address, fingerprint: PeerId): Promise<CertificateStatus> {
    const [status] = (await this.#calls.read(header, registry, "certificateStatus", [fingerprint])) ?? [];
    return CERTIFICATE_STATUS[Number(status ?? 0)] ?? "unknown";
  }

  /** Operators of the registry's present set with their newest certificates. */
  async activeCertificates(header: Uint8Array, registry: Address): Promise<OperatorCertificate[]> {
    const [seats] = (await this.#calls.read(header, registry, "activeValidators", [])) ?? [];
    return ((seats ?? []) as [operator: string, key: string, weight: bigint, fingerprint: string][]).map(
      ([operator, , , fingerprint]) => ({ operator: addressFrom(operator), fingerprint: fingerprint as PeerId }),
    );
  }

  /** The operator's newest certificate, when it has registered one. */
  async certificateOf(header: Uint8Array, registry: Address, operator: Address): Promise<PeerId | undefined> {
    const [validator] = (await this.#calls.read(header, registry, "validatorOf", [operator])) ?? [];
    const fingerprint = (validator as unknown[] | undefined)?.[CERTIFICATE_FINGERPRINT];
    return typeof fingerprint === "string" && fingerprint !== NO_CERTIFICATE ? (fingerprint as PeerId) : undefined;
  }

  /** Members of the proof of authority. */
  authorities(header: Uint8Array, registry: Address): Promise<Address[]> {
    return this.#addresses(header, registry, "authorities", []);
  }

  /** Operators who stand for election. */
  candidates(header: Uint8Array, stakingPool: Address): Promise<Address[]> {
    return this.#addresses(header, stakingPool, "candidates", []);
  }

  /** The validators of an epoch; none when its set is not fixed. */
  operatorsOf(header: Uint8Array, epochManager: Address, epoch: Epoch): Promise<Address[]> {
    return this.#addresses(header, epochManager, "operatorsOf", [epoch]);
  }

  async #addresses(header: Uint8Array, to: Address, name: string, values: readonly unknown[]): Promise<Address[]> {
    const [list] = (await this.#calls.read(header, to, name, values)) ?? [];
    return ((list ?? []) as string[]).map(addressFrom);
  }
}

const addressFrom = (text: string): Address => text.toLowerCase() as Address;
