import { parentPort, workerData } from 'node:worker_threads';
import { answerLintRequests } from '../rules/lint-paths';

/** A thread of the lint: gets batches of files, and sends back what it found in each. */
answerLintRequests(workerData.options, (answer) => {
  parentPort?.on('message', (batch) => void answer(batch).then((results) => parentPort?.postMessage(results)));
});
