import { absent } from '../requirement';
import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-comprehend';
const classifier = 'AWS::Comprehend::DocumentClassifier';
const recognizer = 'AWS::Comprehend::EntityRecognizer';
const flywheel = 'AWS::Comprehend::Flywheel';
const replaced = 'Name your key. Changing it replaces the resource: the model is trained anew.';

export const classifierModelCustomerKey = customerKey({
  id: 'comprehend-document-classifier-model-customer-key',
  type: classifier,
  title: 'Comprehend document classifiers keep the model under a customer managed key',
  path: 'ModelKmsKeyId',
  why: 'A classifier carries traces of the documents it was trained on; whoever may load the model may draw them out.',
  source: `${reference}-documentclassifier.html`,
});
export const classifierVolumeCustomerKey = customerKey({
  id: 'comprehend-document-classifier-volume-customer-key',
  type: classifier,
  title: 'Comprehend document classifiers keep training volumes under a customer managed key',
  path: 'VolumeKmsKeyId',
  why: 'The training documents are copied to the volume of a machine you do not see; only your key lets you follow and stop their use.',
  remedy: replaced,
  source: `${reference}-documentclassifier.html`,
});
export const classifierOutputCustomerKey = customerKey({
  id: 'comprehend-document-classifier-output-customer-key',
  type: classifier,
  title: 'Comprehend document classifiers write their output under a customer managed key',
  path: 'OutputDataConfig.KmsKeyId',
  beside: { OutputDataConfig: { S3Uri: 's3://b/out' } },
  unless: [absent('OutputDataConfig')],
  alsoGood: [{}],
  why: 'The confusion matrix and the results that training writes to S3 quote labels and lines of the documents.',
  remedy: replaced,
  source: `${reference}-documentclassifier.html`,
});
export const recognizerModelCustomerKey = customerKey({
  id: 'comprehend-entity-recognizer-model-customer-key',
  type: recognizer,
  title: 'Comprehend entity recognizers keep the model under a customer managed key',
  path: 'ModelKmsKeyId',
  why: 'An entity recognizer learns names, account numbers and the like by heart: the model is as confidential as its annotations.',
  source: `${reference}-entityrecognizer.html`,
});
export const recognizerVolumeCustomerKey = customerKey({
  id: 'comprehend-entity-recognizer-volume-customer-key',
  type: recognizer,
  title: 'Comprehend entity recognizers keep training volumes under a customer managed key',
  path: 'VolumeKmsKeyId',
  why: 'Annotated texts lie on the volume of the training machine, under a key of AWS unless one is named.',
  remedy: replaced,
  source: `${reference}-entityrecognizer.html`,
});
export const flywheelDataLakeCustomerKey = customerKey({
  id: 'comprehend-flywheel-data-lake-customer-key',
  type: flywheel,
  title: 'Comprehend flywheels keep their data lake under a customer managed key',
  path: 'DataSecurityConfig.DataLakeKmsKeyId',
  why: 'The data lake gathers every data set the flywheel was ever fed, in one place in S3.',
  source: `${reference}-flywheel.html`,
});
export const flywheelModelCustomerKey = customerKey({
  id: 'comprehend-flywheel-model-customer-key',
  type: flywheel,
  title: 'Comprehend flywheels keep their models under a customer managed key',
  path: 'DataSecurityConfig.ModelKmsKeyId',
  why: 'A flywheel makes model after model from production texts; each takes the key given here.',
  source: `${reference}-flywheel.html`,
});
export const flywheelVolumeCustomerKey = customerKey({
  id: 'comprehend-flywheel-volume-customer-key',
  type: flywheel,
  title: 'Comprehend flywheels keep their volumes under a customer managed key',
  path: 'DataSecurityConfig.VolumeKmsKeyId',
  why: 'Each iteration copies data sets to the volume of a machine AWS runs; without a key of yours its use leaves no trace with you.',
  source: `${reference}-flywheel.html`,
});

export const comprehend = service([
  classifierModelCustomerKey,
  classifierVolumeCustomerKey,
  classifierOutputCustomerKey,
  recognizerModelCustomerKey,
  recognizerVolumeCustomerKey,
  flywheelDataLakeCustomerKey,
  flywheelModelCustomerKey,
  flywheelVolumeCustomerKey,
]);
