import { service } from './shared';

const domain =
  'The domain is judged as the AWS::ApiGateway::DomainName or AWS::ApiGatewayV2::DomainName that SAM makes of it.';

/** SAM resources are judged as what the transform makes of them (rules/template/sam.ts). */
export const serverless = service([], {
  'AWS::Serverless::Api': { Domain: domain },
  'AWS::Serverless::HttpApi': { Domain: domain },
  'AWS::Serverless::Function': {
    KmsKeyArn: 'The function is judged as the AWS::Lambda::Function it is deployed as, KmsKeyArn included.',
  },
  'AWS::Serverless::SimpleTable': {
    SSESpecification: 'The table is judged as the AWS::DynamoDB::Table it is deployed as, SSESpecification included.',
  },
});
