import { describeConformance } from '../describe.ts';
import { ownAccount } from '../subjects/adls-servers.ts';
import { adlsClientSubject } from '../subjects/adls-stores.ts';
import { fauxqsService, ownService } from '../subjects/s3-local.ts';
import { s3ClientSubject, s3StoreSubject } from '../subjects/s3-stores.ts';
import { storeChecks } from './suite.ts';

const PAGE = 10;

const LACKS_OF_FAUXQS = {
  'replaces nothing when it is asked not to': 'it knows no conditions of writes',
  'lets one of several writers win who all want to be the first': 'it knows no conditions of writes',
  'lists every name once, in the order of its UTF-8 bytes, over several pages': 'it orders them as a dictionary does',
};

describe('every store', () => {
  const ownWithSmallPages = () => ownService({ maxKeys: PAGE });
  describeConformance(storeChecks, s3StoreSubject('our S3 server', ownWithSmallPages, 2 * PAGE + 1));
  describeConformance(storeChecks, s3StoreSubject('fauxqs', fauxqsService, PAGE, { lacks: LACKS_OF_FAUXQS }));
  describeConformance(storeChecks, s3ClientSubject('our S3 server', ownWithSmallPages, 2 * PAGE + 1));
  describeConformance(storeChecks, s3ClientSubject('fauxqs', fauxqsService, PAGE, { lacks: LACKS_OF_FAUXQS }));
  const account = () => ownAccount({ maxResults: 3 });
  describeConformance(storeChecks, adlsClientSubject('our ADLS server', account, 7));
});
