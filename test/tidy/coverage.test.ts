/**
 * Guards that tests are the specification: every error, property and requirement ID is named in some test,
 * and what is generated is fresh.
 *
 * Owns: the checks and the list of requirement IDs that this state of the project claims.
 */
import { expect } from "chai";
import { ERRORS } from "../../node/types/errors.ts";
import { generate } from "../../scripts/generate.ts";
import { titlesNaming } from "../../scripts/lib/titles.ts";
import { mutations } from "../mutations.ts";
import { properties } from "../properties.ts";
import { files, read } from "./house.ts";

const tests = files(".test.ts", ".t.sol")
  .concat(files(".ts").filter((path) => /^test\/(compliance|simulation|contracts|integration)\//.test(path)))
  .filter((path) => path !== "test/tidy/coverage.test.ts");
const testText = tests.map(read).join("\n");
/** What the code claims to fulfil so far (../shared/spec). A claim needs a test title that carries its ID. */
const claimed = [
  "NET-1",
  "NET-2",
  "NET-3",
  "NET-4",
  "NET-5",
  "NET-6",
  "VAL-1",
  "VAL-2",
  "VAL-3",
  "VAL-4",
  "VAL-5",
  "VAL-6",
  "VAL-7",
  "VAL-8",
  "VAL-9",
  "STK-1",
  "STK-2",
  "STK-3",
  "STK-4",
  "STK-5",
  "STK-6",
  "STK-7",
  "EMI-1",
  "EMI-2",
  "EMI-3",
  "EMI-4",
  "EMI-5",
  "EMI-6",
  "EMI-7",
  "EMI-8",
  "EMI-9",
  "CON-3",
  "CON-9",
  "CON-10",
  "IFC-2",
  "GOV-1",
  "GOV-2",
];

describe("tidy: coverage", () => {
  it("every error of the table is named in a test", () => {
    expect(Object.keys(ERRORS).filter((name) => !new RegExp(`\\b${name}\\b`).test(testText))).to.deep.equal([]);
  });

  it("error numbers are unique and stand in the table in order", () => {
    const numbers = Object.values(ERRORS).map((entry) => entry.number);
    expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
  });

  it("every custom error of a contract is named in a test", () => {
    const errors = files(".sol")
      .filter((path) => path.startsWith("contracts/") && !path.startsWith("contracts/mocks/"))
      .flatMap((path) => [...read(path).matchAll(/^\s*error\s+(\w+)/gm)].map((match) => match[1]!));
    expect(errors.filter((name) => !new RegExp(`\\b${name}\\b`).test(testText))).to.deep.equal([]);
  });

  it("every property and every claim stands in its table once", () => {
    const twice = (ids: readonly string[]) => ids.filter((id, place) => ids.indexOf(id) !== place);
    expect(twice(properties.map((property) => property.id))).to.deep.equal([]);
    expect(twice(claimed)).to.deep.equal([]);
  });

  it("every property of the table occurs in a test title", () => {
    expect(properties.map((property) => property.id).filter((id) => titlesNaming(id).length === 0)).to.deep.equal([]);
  });

  it("every property of a contract has one change that breaks it, at one place, with a test that runs for it", () => {
    const kept = properties.filter(({ where }) => where.startsWith("contracts/"));
    expect(mutations.map(({ property }) => property).toSorted()).to.deep.equal(kept.map(({ id }) => id).toSorted());
    const elsewhere = mutations.filter(
      ({ property, file }) => !kept.some(({ id, where }) => id === property && where.split(", ").includes(file)),
    );
    expect(elsewhere.map(({ property, file }) => `${property}: ${file}`)).to.deep.equal([]);
    const misplaced = mutations.filter(({ file, from }) => read(file).split(from).length !== 2);
    expect(misplaced.map(({ property, from }) => `${property}: ${from}`)).to.deep.equal([]);
    const untested = mutations.filter(({ test, grep }) => !new RegExp(grep).test(read(test)));
    expect(untested.map(({ property, test }) => `${property}: ${test}`)).to.deep.equal([]);
  });

  it("every claimed requirement occurs in a test title", () => {
    expect(claimed.filter((id) => titlesNaming(id).length === 0)).to.deep.equal([]);
  });

  it("generated files are fresh", async function () {
    this.timeout(60_000); // the access matrix is read from a whole deployment
    const stale = (await generate()).filter(({ path, content }) => {
      try {
        return read(path) !== content;
      } catch {
        return true;
      }
    });
    expect(stale.map(({ path }) => `${path}: run \`npm run generate\``)).to.deep.equal([]);
  });
});
