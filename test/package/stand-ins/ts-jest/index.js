/** Transforms a TypeScript file for jest as ts-jest does with `isolatedModules`. */
const { transpiled } = require('../transpiled');

module.exports = { process: (text, path) => ({ code: transpiled(text, path) }) };
