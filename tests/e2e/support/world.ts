// What the global set-up hands to the tests, through the environment that workers inherit.

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

export function announce(world: World): void {
  process.env[VARIABLE] = JSON.stringify(world);
}

export function world(): World {
  const text = process.env[VARIABLE];
  if (!text) throw new Error("the global set-up did not run");
  return JSON.parse(text) as World;
}
