// The `test` of specs about teams: with what the server's owner does about them.

import { test as base } from "./test.js";
import { Teams } from "./team.js";

export const test = base.extend<object, { teams: Teams }>({
  teams: [
    async ({}, use) => {
      const teams = await Teams.start();
      await use(teams);
      await teams.stop();
    },
    { scope: "worker" },
  ],
});

export { SIGNED_OUT, expect, takenOver } from "./test.js";
