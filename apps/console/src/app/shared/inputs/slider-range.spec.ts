import { slideTo, sliderRange } from './slider-range';

describe('the slider of a number', () => {
  it('has a round step and stays inside the training range', () => {
    const range = sliderRange({
      name: 'a',
      type: 'number',
      nullable: false,
      required: true,
      min: 18.25,
      max: 118.75,
    });
    expect(range).toEqual({ min: 18.25, max: 118.75, step: 0.1 });
    expect(range && slideTo(70.3000001, range)).toBe(70.3);
    expect(range && slideTo(500, range)).toBe(118.75);
  });

  it('moves whole numbers by whole steps', () => {
    const range = sliderRange({
      name: 'a',
      type: 'integer',
      nullable: false,
      required: true,
      min: 0,
      max: 72,
    });
    expect(range && slideTo(3.6, range)).toBe(4);
  });

  it('is not there without a range', () => {
    expect(
      sliderRange({ name: 'a', type: 'number', nullable: false, required: true, min: 2, max: 2 }),
    ).toBeUndefined();
  });
});
