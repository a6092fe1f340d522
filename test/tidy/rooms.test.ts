/**
 * Guards the house: who imports whom, no circles, pure rooms stay pure, contracts meet only at doors.
 *
 * Owns: the checks. The plan itself is house.ts; the reasons are in docs/ARCHITECTURE.md.
 */

import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { browserRooms, cycles, files, pureRooms, read, relativeImports, roomOf, rooms, specifiers } from "./house.ts";

const sources = files(".ts").filter((path) => !path.startsWith("test/") && !path.startsWith("scripts/"));
const contracts = files(".sol").filter((path) => path.startsWith("contracts/"));

/** Relative imports of a Solidity file as paths from the root. */
const solidityImports = (path: string): string[] =>
  [...read(path).matchAll(/^import\s[^;]*?["'](\.[^"']+)["'];/gm)].map((match) =>
    normalize(join(dirname(path), match[1]!)),
  );

describe("tidy: rooms", () => {
  it("TypeScript rooms import only what the floor plan allows", () => {
    const wrong = sources.flatMap((path) => {
      const allowed = rooms[roomOf(path)];
      if (!allowed) return [];
      return relativeImports(path)
        .filter((target) => roomOf(target) !== roomOf(path) && !allowed.includes(roomOf(target)))
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it("nobody imports tasks, scripts or test", () => {
    const wrong = sources
      .filter((path) => path !== "hardhat.config.ts")
      .flatMap((path) => relativeImports(path).map((target) => ({ path, target })))
      .filter(
        ({ path, target }) =>
          ["tasks", "scripts", "test"].includes(target.split("/")[0]!) && roomOf(path) !== roomOf(target),
      )
      .map(({ path, target }) => `${path} imports ${target}`);
    expect(wrong).to.deep.equal([]);
  });

  it("no TypeScript file takes part in an import circle", () => {
    const graph = new Map(files(".ts").map((path) => [path, relativeImports(path)]));
    expect(cycles(graph).map((circle) => circle.join(" → "))).to.deep.equal([]);
  });

  it("a circle is found when there is one", () => {
    expect(
      cycles(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["b"]],
        ]),
      ),
    ).to.deep.equal([["b", "c", "b"]]);
  });

  it("pure rooms know no clock, randomness, input, output or waiting", () => {
    const impure =
      /\bDate\b|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\basync\b|\bawait\b|\bPromise\b|\bprocess\.|\bperformance\b/;
    const wrong = sources
      .filter((path) => pureRooms.includes(roomOf(path)))
      .flatMap((path) =>
        withoutComments(read(path))
          .split("\n")
          .filter((line) => impure.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    expect(wrong).to.deep.equal([]);
  });

  it("rooms that a browser loads import no Node module", () => {
    const wrong = sources
      .filter((path) => browserRooms.includes(roomOf(path)))
      .flatMap((path) =>
        specifiers(path)
          .filter((name) => name.startsWith("node:"))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).to.deep.equal([]);
  });

  it("contract rooms import each other only through doors (I*.sol), types and libraries", () => {
    const wrong = contracts
      .filter((path) => !path.startsWith("contracts/mocks/"))
      .flatMap((path) => solidityImports(path).map((target) => ({ path, target })))
      .filter(({ path, target }) => dirname(path) !== dirname(target))
      .filter(({ target }) => !/^contracts\/(types|libraries)\//.test(target) && !/\/I[A-Z]\w*\.sol$/.test(target))
      .map(({ path, target }) => `${path} imports ${target}`);
    expect(wrong).to.deep.equal([]);
  });

  it("no contract takes part in an import circle", () => {
    const graph = new Map(contracts.map((path) => [path, solidityImports(path)]));
    expect(cycles(graph).map((circle) => circle.join(" → "))).to.deep.equal([]);
  });
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
