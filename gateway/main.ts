#!/usr/bin/env node
import { runCli } from './commands/cli.ts';

// Whatever the gateway writes is its own affair: the database holds everybody's objects.
process.umask(0o077);
process.exitCode = await runCli(process.argv.slice(2));
