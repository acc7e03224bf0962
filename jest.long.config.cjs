const { testPathIgnorePatterns: _, ...common } = require('./jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = { ...common, testMatch: ['<rootDir>/test/**/*.long.test.ts'] };
