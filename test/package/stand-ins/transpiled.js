/** JavaScript of a file, by the compiler and the tsconfig.json of the app repo that it runs in. */
const { createRequire } = require('node:module');
const { join } = require('node:path');

exports.transpiled = (text, fileName) => {
  const ts = createRequire(join(process.cwd(), 'main.ts'))('typescript');
  const { config } = ts.readConfigFile(join(process.cwd(), 'tsconfig.json'), ts.sys.readFile);
  return ts.transpileModule(text, { fileName, compilerOptions: config.compilerOptions }).outputText;
};
