/**
 * Reads the system contracts from the node's own state: no RPC, no trust in anybody.
 *
 * Owns: finding contracts through the directory, which node certificates are valid, the network's stage.
 * Does not own: writing to contracts, admission at the connection (node/app/admission.ts).
 * Called by: app, after blocks that touched a system contract. Whitepaper §2.3 (certificate management), §2.4.3.
 */
import { Interface } from "ethers";
import type { StatePort } from "../ports/execution.ts";
import { type Address, fromHex, type PeerId, toHex } from "../types/primitives.ts";

const abi = new Interface([
  "function addressOf(bytes32 name) view returns (address)",
  "function certificateStatus(bytes32 fingerprint) view returns (uint8 status, address operator)",
  "function activeValidators() view returns (tuple(address operator, bytes key, uint128 weight, bytes32 fingerprint)[])",
  "function stage() view returns (uint8)",
]);

export type CertificateStatus = "unknown" | "valid" | "expired" | "revoked";
const CERTIFICATE_STATUS: readonly CertificateStatus[] = ["unknown", "valid", "expired", "revoked"];

export type StageName = "Origin" | "CapeOfGoodHope" | "NewGeneration";
const STAGES: readonly StageName[] = ["Origin", "CapeOfGoodHope", "NewGeneration"];

export interface SystemContracts {
  readonly registry: Address | undefined;
  readonly stageManager: Address | undefined;
}

const NONE: SystemContracts = { registry: undefined, stageManager: undefined };

/** Views of the system contracts as of one block. Before they are deployed everything is at its genesis value. */
export class SystemContractReader {
  readonly #state: StatePort;
  readonly #directory: Address | undefined;

  constructor(state: StatePort, directory: Address | undefined) {
    this.#state = state;
    this.#directory = directory;
  }

  /** Where the contracts are, as the directory says. */
  async contracts(header: Uint8Array): Promise<SystemContracts> {
    if (!this.#directory) return NONE;
    const [registry, stageManager] = await Promise.all([
      this.#lookUp(header, "ValidatorRegistry"),
      this.#lookUp(header, "StageManager"),
    ]);
    return { registry, stageManager };
  }

  async certificateStatus(header: Uint8Array, registry: Address, fingerprint: PeerId): Promise<CertificateStatus> {
    const [status] = (await this.#call(header, registry, "certificateStatus", [fingerprint])) ?? [];
    return CERTIFICATE_STATUS[Number(status ?? 0)] ?? "unknown";
  }

  /** Operators of the present set with their newest certificates. */
  async activeCertificates(
    header: Uint8Array,
    registry: Address,
  ): Promise<{ operator: Address; fingerprint: PeerId }[]> {
    const [seats] = (await this.#call(header, registry, "activeValidators", [])) ?? [];
    return ((seats ?? []) as { operator: string; fingerprint: string }[]).map(({ operator, fingerprint }) => ({
      operator: operator.toLowerCase() as Address,
      fingerprint: fingerprint as PeerId,
    }));
  }

  async stage(header: Uint8Array, stageManager: Address): Promise<StageName> {
    const [stage] = (await this.#call(header, stageManager, "stage", [])) ?? [];
    return STAGES[Number(stage ?? 0)] ?? "Origin";
  }

  async #lookUp(header: Uint8Array, name: string): Promise<Address | undefined> {
    const key = toHex(new TextEncoder().encode(name)).padEnd(66, "0");
    const [address] = (await this.#call(header, this.#directory!, "addressOf", [key])) ?? [];
    if (address === undefined || BigInt(address as string) === 0n) return undefined;
    return (address as string).toLowerCase() as Address;
  }

  /** The decoded answer; undefined when there is no such contract or it refuses. */
  async #call(
    header: Uint8Array,
    to: Address,
    name: string,
    values: readonly unknown[],
  ): Promise<unknown[] | undefined> {
    const data = fromHex(abi.encodeFunctionData(name, values))!;
    const { succeeded, output } = await this.#state.call(header, { to, data });
    if (!succeeded || output.length === 0) return undefined;
    return [...abi.decodeFunctionResult(name, toHex(output))];
  }
}
