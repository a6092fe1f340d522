/**
 * Who may connect: validators, those who may become validators, and the peers of this node's own configuration.
 *
 * Owns: the table that the network asks at each handshake, kept in step with the registry and the epoch.
 * Does not own: dates of certificates (checked by node/network at the handshake), the registry's rules (contracts).
 * Called by: create-node, node. Whitepaper §2.3 (permission and certificate management).
 *
 * Admitted are the certificates of: the validators of the genesis file until there is a registry, and from then on the
 * validators of this and the next known epoch, the authorities and the candidates; always, whom the operator of this
 * node has configured, since a node that is new or was long away does not know the present validators yet. A revoked
 * certificate never. Only a member of the present epoch's set has an index; all others observe.
 */
import {
  type CertificateStatus,
  LISTING_TOPICS,
  type OperatorCertificate,
  SystemContractReader,
  type SystemContracts,
} from "../chain/system-contracts.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import type { EpochDescription } from "../ports/epochs.ts";
import type { ExecutedBlock, LogEntry, StatePort } from "../ports/execution.ts";
import type { Admission } from "../ports/network.ts";
import { invariant } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import { MAX_OBSERVING_CANDIDATES } from "../types/limits.ts";
import { type Address, asEpoch, asIndex, type Epoch, type PeerId, type ValidatorIndex } from "../types/primitives.ts";

export interface AdmissionOptions {
  readonly genesis: Pick<Genesis, "validators" | "contracts">;
  /** Fingerprints of the configuration. */
  readonly peers: readonly PeerId[];
  readonly state: StatePort;
  readonly store: BlockStorePort;
}

export class AdmissionTable {
  readonly #reader: SystemContractReader;
  readonly #store: BlockStorePort;
  readonly #configured: ReadonlySet<PeerId>;
  /** Operator → bit in the certificates of the present epoch. */
  #seats: ReadonlyMap<Address, ValidatorIndex>;
  #epoch: Epoch = asEpoch(0);
  /** Certificate → its operator: those of the genesis file until there is a registry, then those bound on chain. */
  readonly #operators: Map<PeerId, Address>;
  #status = new Map<PeerId, CertificateStatus>();
  readonly #watched = new Set<string>();
  #stakingPool: Address | undefined;
  #read: Promise<void> = Promise.resolve();
  /** A reading that has not begun: it will see everything that is stored by then. */
  #waiting: Promise<void> | undefined;

  constructor({ genesis, peers, state, store }: AdmissionOptions) {
    this.#store = store;
    this.#configured = new Set(peers);
    this.#reader = new SystemContractReader(state, genesis.contracts?.directory);
    this.#seats = seatsOf(genesis.validators);
    this.#operators = new Map(genesis.validators.map((entry) => [entry.certificateFingerprint, entry.operator]));
    if (genesis.contracts) this.#watched.add(genesis.contracts.directory);
  }

  /** The AdmissionPolicy of the network. */
  readonly admit = (fingerprint: PeerId): Admission => {
    const operator = this.#operators.get(fingerprint);
    const status = this.#status.get(fingerprint);
    if (status === "revoked" || status === "expired") return { admitted: false, reason: "revoked" };
    if (operator === undefined && !this.#configured.has(fingerprint)) return { admitted: false, reason: "unknown" };
    return { admitted: true, index: operator && this.#seats.get(operator) };
  };

  /** The newest known certificate of a validator. */
  peerOf(operator: Address): PeerId | undefined {
    let newest: PeerId | undefined;
    for (const [fingerprint, owner] of this.#operators) if (owner === operator) newest = fingerprint;
    return newest;
  }

  /** From now on this set has the indexes. Recheck the connections afterwards. */
  enterEpoch({ epoch, validators }: EpochDescription): void {
    this.#epoch = epoch;
    this.#seats = seatsOf(validators);
  }

  /** Whether a block may have changed the table: it holds a log of a contract that is read here. */
  isTouchedBy(block: ExecutedBlock): boolean {
    const isRead = ({ address, topics }: LogEntry): boolean =>
      this.#watched.has(address) || (address === this.#stakingPool && LISTING_TOPICS.includes(topics[0] ?? ""));
    return block.receipts.some(({ logs }) => logs.some(isRead));
  }

  /** Reads the contracts at the newest block; one reading after the other, so that no older one comes last. */
  refresh(): Promise<void> {
    this.#waiting ??= this.#read.then(() => {
      this.#waiting = undefined;
      return this.#readContracts();
    });
    this.#read = this.#waiting.catch(() => undefined);
    return this.#waiting;
  }

  async #readContracts(): Promise<void> {
    const head = await this.#store.blockByHash(this.#store.head().hash);
    invariant(head, "the head of the store is in the store");
    const contracts = await this.#reader.contracts(head.header);
    const { registry, epochManager, stakingPool } = contracts;
    for (const address of [registry, epochManager]) if (address) this.#watched.add(address);
    this.#stakingPool = stakingPool;
    if (!registry) return;
    const bound = await this.#boundCertificates(head.header, registry, contracts);
    const present = new Set(bound.map(({ operator }) => operator));
    for (const [fingerprint, operator] of this.#operators) {
      if (!present.has(operator)) this.#operators.delete(fingerprint);
    }
    // A certificate that was renewed moves to the end: the newest of its operator.
    for (const { operator, fingerprint } of bound) {
      this.#operators.delete(fingerprint);
      this.#operators.set(fingerprint, operator);
    }
    const status = new Map<PeerId, CertificateStatus>();
    for (const fingerprint of new Set([...this.#operators.keys(), ...this.#configured])) {
      status.set(fingerprint, await this.#reader.certificateStatus(head.header, registry, fingerprint));
    }
    this.#status = status;
  }

  /** Of everybody who is, or may soon be, a validator: the newest certificate. */
  async #boundCertificates(
    header: Uint8Array,
    registry: Address,
    { stakingPool, epochManager }: SystemContracts,
  ): Promise<OperatorCertificate[]> {
    const bound = await this.#reader.activeCertificates(header, registry);
    const next = epochManager ? await this.#reader.operatorsOf(header, epochManager, asEpoch(this.#epoch + 1)) : [];
    const candidates = stakingPool ? await this.#reader.candidates(header, stakingPool) : [];
    const others = [
      ...this.#seats.keys(),
      ...next,
      ...(await this.#reader.authorities(header, registry)),
      ...candidates.slice(0, MAX_OBSERVING_CANDIDATES),
    ];
    const known = new Set(bound.map(({ operator }) => operator));
    for (const operator of new Set(others)) {
      if (known.has(operator)) continue;
      const fingerprint = await this.#reader.certificateOf(header, registry, operator);
      if (fingerprint) bound.push({ operator, fingerprint });
    }
    return bound;
  }
}

const seatsOf = (validators: readonly { readonly operator: Address }[]): Map<Address, ValidatorIndex> =>
  new Map(validators.map(({ operator }, index) => [operator, asIndex(index)]));
