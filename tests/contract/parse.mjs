// Reads a description, follows its references and validates it: node parse.mjs FILE
import parser from '@apidevtools/swagger-parser';

const { info, paths } = await parser.validate(process.argv[2]);
console.log(`${info.title} ${info.version}: ${Object.keys(paths).length} paths`);
