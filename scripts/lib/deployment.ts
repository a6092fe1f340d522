/**
 * Deploys the system contracts to a development network, as `npx hardhat deploy --network cun` does, without Hardhat.
 *
 * Owns: which keys and configuration a devnet deploys with. Does not own: the steps (deploy/).
 * Called by: scripts/start.ts, test/integration.
 */
import { join } from "node:path";
import { Contract, JsonRpcProvider } from "ethers";
import { deployAll } from "../../deploy/deploy-all.ts";
import type { ContractName } from "../../deploy/lib/artifacts.ts";
import { predictAddresses } from "../../deploy/lib/blueprint.ts";
import { CunError } from "../../node/types/errors.ts";
import type { Genesis } from "../../node/types/genesis.ts";
import { authoritiesPort, devnetAuthorities } from "../../tasks/authorities.ts";
import type { Network } from "./network.ts";
import { artifacts, deployer, predictGenesisContracts, systemConfig } from "./system.ts";

export interface DevnetDeployment {
  readonly addresses: Readonly<Record<ContractName, string>>;
  readonly transactionsSent: number;
}

/** Deploys what is missing and reads everything back. @throws CunError deployMismatch, deployTransactionFailed, … */
export async function deployToNetwork(
  network: Network,
  log: (line: string) => void = () => {},
): Promise<DevnetDeployment> {
  checkGenesis(network);
  const provider = connect(network);
  try {
    const { addresses, summary } = await deployAll({
      provider,
      deployer: deployer.connect(provider),
      artifacts,
      config: systemConfig(nativePrefundOf(network.genesis), network.options.parameters),
      authorities: authoritiesPort(devnetAuthorities(network.options.directory)),
      log,
      addressesFolder: network.options.addressesFolder,
    });
    return { addresses, transactionsSent: summary.transactionsSent };
  } finally {
    provider.destroy();
  }
}

/** The reserve of CUNP stands where the contracts of this checkout will be, or the network is of another version. */
function checkGenesis({ genesis, options }: Network): void {
  const { cunp } = predictGenesisContracts(nativePrefundOf(genesis));
  if (genesis.alloc[cunp]) return;
  const reason = `it was made for other contracts: CUNP would be at ${cunp}. Start with --fresh, or with --no-deploy`;
  throw new CunError("fileInvalid", { path: join(options.directory, "genesis.json"), reason });
}

/** A deployed contract, found through the directory. */
export async function systemContract(
  network: Network,
  name: ContractName,
  provider: JsonRpcProvider,
): Promise<Contract> {
  const { addresses } = predictAddresses(artifacts, systemConfig(nativePrefundOf(network.genesis)));
  const directory = new Contract(addresses.ContractDirectory, artifacts("ContractDirectory").interface, provider);
  const key = `0x${Buffer.from(name).toString("hex").padEnd(64, "0")}`;
  return new Contract(await directory.getFunction("addressOf")(key), artifacts(name).interface, provider);
}

export function connect(network: Network, index = 0): JsonRpcProvider {
  const options = { staticNetwork: true, pollingInterval: 50, cacheTimeout: -1 };
  return new JsonRpcProvider(network.rpcUrl(index), undefined, options);
}

/** Native coin at accounts: everything in the genesis block but the reserve, which is the largest balance. */
function nativePrefundOf({ alloc }: Genesis): bigint {
  const balances = Object.values(alloc).map(({ balance }) => BigInt(balance));
  const total = balances.reduce((sum, balance) => sum + balance, 0n);
  return total - balances.reduce((most, balance) => (balance > most ? balance : most), 0n);
}
