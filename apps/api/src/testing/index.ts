export { createTestDatabase, testDataSource, type TestDatabase } from './database.js';
export { TestPeople, type TestPerson } from './people.js';
export {
  createTestApp,
  type Method,
  type RequestOptions,
  type TestApp,
  type TestAppOptions,
  type TestResponse,
} from './test-app.js';
