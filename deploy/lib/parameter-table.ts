/**
 * The table of parameters in the form that ParameterRegistry.initialize takes.
 *
 * Owns: the translation: names and units as fixed bytes, in the order of the table. Does not own: the table
 * (config/parameters.ts). Called by: blueprint.ts, verify.ts, tests.
 */
import { encodeBytes32String, hexlify, toUtf8Bytes, zeroPadBytes } from "ethers";
import { orders, type ParameterName, type ParameterValues, parameters } from "../config/parameters.ts";

/** IParameterRegistry.Definition after `text`, the readable name. */
export interface Definition {
  readonly text: ParameterName;
  readonly name: string;
  readonly solidityType: string;
  readonly unit: string;
  readonly minimum: bigint;
  readonly maximum: bigint;
  readonly unanimous: boolean;
}

/** IParameterRegistry.Order. */
export interface OrderRule {
  readonly lower: string;
  readonly higher: string;
  readonly gap: bigint;
}

/** A name as contracts know it: ASCII, left-aligned in 32 bytes. */
export const parameterKey = (name: ParameterName): string => encodeBytes32String(name);

/** Text in a bytes16. */
const short = (text: string): string => zeroPadBytes(hexlify(toUtf8Bytes(text)), 16);

export const definitions = (): Definition[] =>
  parameters.map(({ name, solidityType, unit, minimum, maximum, unanimous }) => ({
    text: name,
    name: parameterKey(name),
    solidityType: short(solidityType),
    unit: short(unit),
    minimum,
    maximum,
    unanimous,
  }));

/** First values, in the order of the definitions. */
export const initialValues = (values: ParameterValues): bigint[] => parameters.map(({ name }) => values[name]);

export const orderRules = (): OrderRule[] =>
  orders.map(({ lower, higher, gap }) => ({ lower: parameterKey(lower), higher: parameterKey(higher), gap }));
