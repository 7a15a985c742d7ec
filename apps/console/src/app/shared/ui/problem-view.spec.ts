import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ApiProblem } from '../api/problem';
import { ProblemView, newsOf } from './problem-view';

const EMPTY_FILE = 'The file is empty. Choose a file with a header and rows.';
const problem = (status: number, detail: string, pointer = '#/file') =>
  new ApiProblem({
    code: 'x',
    status,
    title: 'No',
    detail: EMPTY_FILE,
    errors: [{ pointer, detail }],
  });

describe('a problem on screen', () => {
  it('tells nothing twice', () => {
    expect(newsOf(problem(422, EMPTY_FILE))).toEqual([]);
    expect(newsOf(problem(422, 'The file is empty.'))).toEqual([]);
  });

  it('names the place of what it adds as a path, not as a pointer', () => {
    expect(newsOf(problem(422, 'is no number', '#/rows/0/age'))).toMatchObject([
      { place: 'rows › 0 › age', detail: 'is no number' },
    ]);
  });

  it('offers another try only where one can help', () => {
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    const offers = (status: number): boolean => {
      const fixture = TestBed.createComponent(ProblemView);
      fixture.componentRef.setInput('error', problem(status, 'is no number'));
      fixture.detectChanges();
      return (fixture.nativeElement as HTMLElement).textContent.includes('Try again');
    };
    expect([0, 404, 409, 500, 503].map(offers)).toEqual([true, true, true, true, true]);
    expect([400, 413, 415, 422].map(offers)).toEqual([false, false, false, false]);
  });
});
