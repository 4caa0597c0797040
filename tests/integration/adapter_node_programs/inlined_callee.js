'use strict';
// Its positions, as lines of inlined.js, would be within other functions there, or nowhere.





exports.mix = function mix(a, b) {
  const shifted = a << 3;
  const sum = shifted + b * 5;
  return sum ^ (sum >> 2);
};
