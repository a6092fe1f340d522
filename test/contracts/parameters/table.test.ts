/**
 * The table of parameters, the names that contracts read by, and what the deployment puts on chain: one and the same.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { decodeBytes32String, toUtf8String } from "ethers";
import { orders, parameters, parameterValues } from "../../../deploy/config/parameters.ts";
import { parameterKey } from "../../../deploy/lib/parameter-table.ts";
import { connect } from "../../helpers/finality.ts";
import { deployOptions, deploySystem } from "../../helpers/system.ts";

const text = (bytes: string): string => toUtf8String(bytes).replace(/\0+$/, "");
const source = readFileSync(join(import.meta.dirname, "../../../contracts/types/ParameterName.sol"), "utf8");

describe("Parameters: the table", () => {
  it("[GOV-1] has exactly the names of contracts/types/ParameterName.sol, in its order, each constant named after it", () => {
    const constants = [...source.matchAll(/^bytes32 constant (\w+) = "(\w+)";$/gm)];
    expect(constants).to.have.length(source.match(/\bconstant\b/g)!.length);
    expect(constants.map(([, , name]) => name)).to.deep.equal(parameters.map(({ name }) => name));
    const screaming = (name: string) => name.replace(/[A-Z]/g, "_$&").toUpperCase();
    for (const [, constant, name] of constants) expect(constant).to.equal(screaming(name!));
  });

  it("[GOV-1] has defaults inside bounds, bounds inside types, and a reason for every default", () => {
    for (const { name, default: initial, minimum, maximum, solidityType, unit, description } of parameters) {
      expect(initial >= minimum && initial <= maximum, name).to.equal(true);
      const bits = Number(/^uint(\d+)$/.exec(solidityType)![1]);
      expect(maximum < 1n << BigInt(bits) && bits <= 128, name).to.equal(true);
      expect(Buffer.byteLength(unit) <= 16 && Buffer.byteLength(name) < 32, name).to.equal(true);
      expect(description.length, name).to.be.above(60);
    }
    expect(parameters.filter(({ unanimous }) => unanimous).map(({ name }) => name)).to.deep.equal([
      "approvalThresholdBps",
    ]);
  });

  it("[GOV-1] [PAR-4] stands on chain after deployment: names, definitions, orders, values, nothing pending", async () => {
    const exceptions = { epochSeconds: 10n, jailSeconds: 0n, validatorRewardPerDay: 7n * 10n ** 18n };
    const connection = await connect();
    const { config } = await deployOptions(connection);
    const values = parameterValues(exceptions);
    const system = await deploySystem(connection, { config: { ...config, parameters: values } });
    const registry = system.parameters;
    expect((await registry.names()).map(decodeBytes32String)).to.deep.equal(parameters.map(({ name }) => name));
    for (const entry of parameters) {
      const key = parameterKey(entry.name);
      const stored = await registry.definitionOf(key);
      expect([stored.name, text(stored.solidityType), text(stored.unit)]).to.deep.equal([
        key,
        entry.solidityType,
        entry.unit,
      ]);
      expect([stored.minimum, stored.maximum, stored.unanimous]).to.deep.equal([
        entry.minimum,
        entry.maximum,
        entry.unanimous,
      ]);
      expect(await registry.getFunction("valueOf")(key)).to.equal(values[entry.name]);
      expect(await registry.pendingOf(key)).to.deep.equal([0n, 0n]);
      expect(await registry.historyAt(key, 0)).to.deep.equal([values[entry.name], 0n]);
    }
    const rules = (await registry.orders()).map(({ lower, higher, gap }) => [lower, higher, gap]);
    expect(rules).to.deep.equal(
      orders.map(({ lower, higher, gap }) => [parameterKey(lower), parameterKey(higher), gap]),
    );
    expect(await registry.getFunction("valueOf")(parameterKey("epochSeconds"))).to.equal(10n);
  });
});
