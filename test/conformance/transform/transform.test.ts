import { describeConformance } from '../describe.ts';
import { transformSubjects } from '../subjects/transforms.ts';
import { anyInputChecks, transformChecks } from './suite.ts';

describe('every transform', () => {
  for (const subject of transformSubjects()) {
    describeConformance(subject.refuses ? transformChecks : anyInputChecks, subject);
  }
});
