/**
 * What a deployment step works with: the chain, the plan, and verbs that ask before they act.
 *
 * Owns: create, achieve, call, read, and what a run produced. Does not own: order (plan.ts), keys (authorities port).
 * Called by: the steps. There is no journal: the planned code at the planned address means done, a call is made when
 * the chain's state lacks its effect; so a run that broke off is simply run again. Anyone may create a contract of
 * the plan first, or bring an application first: that is help, not an attack, since addresses fix what is created.
 */
import { type Provider, type Result, type Signer, ZeroAddress } from "ethers";
import { CunError, invariant } from "../../node/types/errors.ts";
import { ADMIN_ROLE } from "../config/roles.ts";
import { type ArtifactName, type Artifacts, type ContractName, codeIdentity } from "./artifacts.ts";
import { type Blueprint, createBlueprint, type Planned, type SystemConfig } from "./blueprint.ts";
import { FACTORY, factoryCall } from "./create2.ts";
import { Transactor } from "./transactor.ts";

/** An application to the ValidatorRegistry with the operator's signature (IValidatorRegistry.Application). */
export interface SignedApplication {
  readonly application: {
    readonly operator: string;
    readonly blsPublicKey: string;
    readonly proofOfPossession: string;
    readonly nodeCertificate: {
      readonly der: string;
      readonly spkiOffset: number;
      readonly notAfter: number;
      readonly signature: string;
    };
    readonly metadataURI: string;
    readonly commissionBps: number;
    readonly deadline: number;
  };
  readonly operatorSignature: string;
}

/** Gives the first authorities' applications, in the order of their seats. Called once per deployment. */
export type AuthoritiesPort = (target: {
  readonly chainId: bigint;
  readonly registry: string;
  /** Seconds since 1970. */
  readonly deadline: number;
}) => Promise<readonly SignedApplication[]>;

export interface DeployOptions {
  readonly provider: Provider;
  readonly deployer: Signer;
  readonly artifacts: Artifacts;
  readonly config: Omit<SystemConfig, "deployer">;
  readonly authorities: AuthoritiesPort;
  readonly log: (line: string) => void;
  /** Folder for <chainId>.json; undefined on a network that ends with the process. */
  readonly addressesFolder?: string | undefined;
}

/** The chain that is deployed to. */
export interface Chain {
  readonly chainId: bigint;
  readonly genesisHash: string;
  /** Hash of the genesis validator set, when this is a CUN chain whose block 0 commits to one. */
  readonly genesisSetHash: string | undefined;
}

export type Addresses = Readonly<Record<ContractName, string>>;

export interface Contract {
  readonly name: ArtifactName;
  readonly address: string;
}

export class Environment {
  readonly options: DeployOptions;
  readonly chain: Chain;
  readonly config: SystemConfig;
  readonly blueprint: Blueprint;
  /** True when the roles were handed over before this run: then only governance changes anything. */
  readonly governed: boolean;
  readonly transactor: Transactor;
  #finality: string | undefined;

  private constructor(options: DeployOptions, chain: Chain, config: SystemConfig, governed: boolean) {
    this.options = options;
    this.chain = chain;
    this.config = config;
    this.governed = governed;
    this.blueprint = createBlueprint(options.artifacts, config);
    this.transactor = new Transactor(options.provider, options.deployer);
  }

  static async create(options: DeployOptions): Promise<Environment> {
    const config = { ...options.config, deployer: await options.deployer.getAddress() };
    const chain = await readChain(options.provider, config.native);
    const manager = createBlueprint(options.artifacts, config).AccessManager.address;
    const environment = new Environment(options, chain, config, false);
    await environment.transactor.settle();
    if (!(await environment.hasCode(manager))) return environment;
    const access = { name: "AccessManager", address: manager } as const;
    const [isAdmin] = await environment.read(access, "hasRole", [ADMIN_ROLE, config.deployer]);
    return new Environment(options, chain, config, !isAdmin);
  }

  /** FinalityVerifier's address is known once the validators are registered. */
  set finality(address: string) {
    this.#finality = address;
  }

  /** A contract of the system. Assumes for FinalityVerifier: its step has run. */
  contract(name: ContractName): Contract {
    const address = name === "FinalityVerifier" ? this.#finality : this.blueprint[name].address;
    invariant(address, "the verifier's step comes before those that use it");
    return { name, address };
  }

  /** Addresses of all contracts. */
  addresses(): Addresses {
    const names = [...Object.keys(this.blueprint), "FinalityVerifier"] as ContractName[];
    return Object.fromEntries(names.map((name) => [name, this.contract(name).address])) as Addresses;
  }

  async hasCode(address: string): Promise<boolean> {
    return (await this.options.provider.getCode(address)) !== "0x";
  }

  /** Creates the contract, and first the code behind it, unless the code is there. @throws CunError deployMismatch */
  async create(label: string, planned: Planned): Promise<void> {
    for (const library of planned.libraries ?? []) await this.create(library.artifact, library);
    if (planned.implementation) await this.create(`${label} (code)`, planned.implementation);
    await this.achieve(
      () => this.#isCreated(label, planned),
      async () => {
        await this.transactor.send(`create ${label}`, { to: FACTORY, data: factoryCall(planned.initCode) });
        this.options.log(`${label} is at ${planned.address}`);
      },
    );
  }

  /** Acts unless it is done. An act that fails because somebody else did the same meanwhile has not failed. */
  async achieve(isDone: () => Promise<boolean>, act: () => Promise<void>): Promise<void> {
    if (await isDone()) return;
    try {
      await act();
    } catch (error) {
      const failed = error instanceof CunError && error.errorName === "deployTransactionFailed";
      if (!failed || !(await isDone())) throw error;
    }
  }

  /** True when the planned code stands at the planned address; other code, or none after the hand-over, is an error. */
  async #isCreated(label: string, { address, artifact }: Planned): Promise<boolean> {
    const { runtimeCode, immutables } = this.options.artifacts(artifact);
    const code = await this.options.provider.getCode(address);
    const missing = code === "0x";
    if (missing && !this.governed) return false;
    const expected = codeIdentity(runtimeCode, immutables);
    const actual = missing
      ? "missing (the system was handed over already, made from other sources)"
      : codeIdentity(code, immutables);
    if (actual !== expected)
      throw new CunError("deployMismatch", { what: `code of ${label} at ${address}`, actual, expected });
    return true;
  }

  /** Calls a function in a transaction. The caller has checked that it is needed. */
  async call(contract: Contract, method: string, values: readonly unknown[]): Promise<void> {
    const data = this.options.artifacts(contract.name).interface.encodeFunctionData(method, values);
    await this.transactor.send(`${contract.name}.${method}`, { to: contract.address, data });
  }

  /** Calls a view. */
  async read(contract: Contract, method: string, values: readonly unknown[] = []): Promise<Result> {
    const abi = this.options.artifacts(contract.name).interface;
    const data = abi.encodeFunctionData(method, values);
    return abi.decodeFunctionResult(method, await this.options.provider.call({ to: contract.address, data }));
  }

  /** Code behind a planned proxy, or zero. */
  implementationOf(name: ContractName): string {
    const planned = name === "FinalityVerifier" ? undefined : this.blueprint[name].implementation;
    return planned?.address ?? ZeroAddress;
  }
}

async function readChain(provider: Provider, isNative: boolean): Promise<Chain> {
  const { chainId } = await provider.getNetwork();
  const genesis = await provider.getBlock(0);
  // On other networks these bytes mean other things: the genesis block of Ethereum has 32 of them.
  const extraData = (isNative && genesis?.extraData) || "0x";
  return {
    chainId,
    genesisHash: genesis?.hash ?? "0x",
    genesisSetHash: extraData.length === 66 && BigInt(extraData) !== 0n ? extraData : undefined,
  };
}
