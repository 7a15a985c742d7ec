/** `npm run stop-engine`: stops the Docker engine that `npm start` started. */
import { runCommand } from './bootstrap.mjs';
import { stopEngine } from './docker-engine.mjs';
import { homeFolder, openHome } from './home.mjs';

await runCommand(
  async ({ ui }) => {
    ui.say(await stopEngine(openHome(homeFolder())));
    return 0;
  },
  {
    usage:
      'Usage: npm run stop-engine\n\nStops the Docker engine if npm start started it. Containers go on running.',
  },
);
