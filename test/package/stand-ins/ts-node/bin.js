#!/usr/bin/env node
/** Runs a TypeScript file as ts-node does with `--transpile-only`: the app repo's compiler and options. */
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');
const { transpiled } = require('../transpiled');

require.extensions['.ts'] = (module, path) => module._compile(transpiled(readFileSync(path, 'utf8'), path), path);
require(resolve(process.argv[2]));
