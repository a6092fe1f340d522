/**
 * Who may connect: the validators of the genesis file until the registry says otherwise on chain.
 *
 * Owns: the table that the network asks at each handshake, kept in step with the registry and the stage.
 * Does not own: dates of certificates (checked by node/network at the handshake), the registry's rules (contracts).
 * Called by: create-node, node. Whitepaper §2.3 (permission and certificate management).
 */
import { type CertificateStatus, type StageName, SystemContractReader } from "../chain/system-contracts.ts";
import type { BlockStorePort } from "../ports/chain.ts";
import type { ExecutedBlock, StatePort } from "../ports/execution.ts";
import type { Admission } from "../ports/network.ts";
import { invariant } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import { type Address, asIndex, type PeerId, type ValidatorIndex } from "../types/primitives.ts";

export class AdmissionTable {
  readonly #reader: SystemContractReader;
  readonly #store: BlockStorePort;
  /** Operator → bit in certificates. */
  readonly #indexes: ReadonlyMap<Address, ValidatorIndex>;
  /** Certificate → its validator: those of the genesis file, and those bound on chain since. */
  #members: Map<PeerId, ValidatorIndex>;
  #status = new Map<PeerId, CertificateStatus>();
  #watched = new Set<string>();
  #stage: StageName = "Origin";
  #read: Promise<void> = Promise.resolve();

  constructor(options: { genesis: Genesis; state: StatePort; store: BlockStorePort }) {
    const { genesis, state, store } = options;
    this.#store = store;
    this.#reader = new SystemContractReader(state, genesis.contracts?.directory);
    this.#indexes = new Map(genesis.validators.map(({ operator }, index) => [operator, asIndex(index)]));
    this.#members = new Map(
      genesis.validators.map(({ certificateFingerprint }, index) => [certificateFingerprint, asIndex(index)]),
    );
    if (genesis.contracts) this.#watched.add(genesis.contracts.directory);
  }

  get stage(): StageName {
    return this.#stage;
  }

  /** The AdmissionPolicy of the network. */
  readonly admit = (fingerprint: PeerId): Admission => {
    const index = this.#members.get(fingerprint);
    if (index === undefined) return { admitted: false, reason: "unknown" };
    const status = this.#status.get(fingerprint);
    if (status === "revoked" || status === "expired") return { admitted: false, reason: "revoked" };
    return { admitted: true, index };
  };

  /** Whether a block may have changed the table: it holds a log of the directory, the registry or the stage manager. */
  isTouchedBy(block: ExecutedBlock): boolean {
    return block.receipts.some(({ logs }) => logs.some(({ address }) => this.#watched.has(address)));
  }

  /** Reads the contracts at the newest block; one reading after the other, so that no older one comes last. */
  refresh(): Promise<void> {
    const done = this.#read.then(() => this.#readContracts());
    this.#read = done.catch(() => undefined);
    return done;
  }

  async #readContracts(): Promise<void> {
    const head = await this.#store.blockByHash(this.#store.head().hash);
    invariant(head, "the head of the store is in the store");
    const { registry, stageManager } = await this.#reader.contracts(head.header);
    for (const address of [registry, stageManager]) if (address) this.#watched.add(address);
    if (stageManager) this.#stage = await this.#reader.stage(head.header, stageManager);
    if (!registry) return;
    for (const { operator, fingerprint } of await this.#reader.activeCertificates(head.header, registry)) {
      const index = this.#indexes.get(operator);
      if (index !== undefined) this.#members.set(fingerprint, index);
    }
    const status = new Map<PeerId, CertificateStatus>();
    for (const fingerprint of this.#members.keys()) {
      status.set(fingerprint, await this.#reader.certificateStatus(head.header, registry, fingerprint));
    }
    this.#status = status;
  }
}
