// CDK's own validator costs two seconds an app; only that built-in plugin is switched off, ours still run.
process.env.CDK_VALIDATION = 'false';

export {};
