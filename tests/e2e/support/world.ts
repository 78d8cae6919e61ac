// What the global set-up hands to the tests, through the environment that workers inherit: a server for each worker, so
// that no test sees what another does at the same time.

const VARIABLE = "MICRO_E2E_WORLD";

export interface World {
  /** The server's address, without a slash at the end. */
  url: string;
  /** The program under test. */
  micro: string;
  /** The configuration directory that holds the credential of the server's owner. */
  config: string;
  /** A file with the cookies of a browser that is signed in. */
  signedIn: string;
  /** Whether the service `zoo`, which has every type, is registered; else why not. */
  zoo: true | string;
}

export function announce(worlds: World[]): void {
  process.env[VARIABLE] = JSON.stringify(worlds);
}

/** This worker's. */
export function world(): World {
  const worlds = JSON.parse(process.env[VARIABLE] ?? "[]") as World[];
  const mine = worlds[Number(process.env.TEST_PARALLEL_INDEX ?? 0)];
  if (!mine) throw new Error("the global set-up did not run");
  return mine;
}
