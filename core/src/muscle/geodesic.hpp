// Shortest paths round circles, cylinders and spheres in closed form, over lanes; a branch is taken by all of them together alone.
//
// The circle problem and its rules are MuJoCo's (Todorov, Erez, Tassa 2012, doi 10.1109/IROS.2012.6386109; its documentation, "Spatial
// tendons"): the path bends where the straight line would cut the surface, or pass it on the wrong side.
#pragma once

#include <limits>

#include "dynamics/spatial.hpp"

namespace muscle::geodesic {

template <class S>
using Mask = typename ScalarTraits<S>::Mask;

template <class S>
struct Vec2 {
  S x, y;

  friend Vec2 operator+(const Vec2& a, const Vec2& b) { return {a.x + b.x, a.y + b.y}; }
  friend Vec2 operator-(const Vec2& a, const Vec2& b) { return {a.x - b.x, a.y - b.y}; }
  friend Vec2 operator*(const Vec2& a, S s) { return {a.x * s, a.y * s}; }
};
template <class S>
S dot(const Vec2<S>& a, const Vec2<S>& b) {
  return a.x * b.x + a.y * b.y;
}
template <class S>
S cross(const Vec2<S>& a, const Vec2<S>& b) {
  return a.x * b.y - a.y * b.x;
}
template <class S>
S norm(const Vec2<S>& a) {
  return squareRoot(dot(a, a));
}
template <class S>
Vec2<S> choose(Mask<S> mask, const Vec2<S>& a, const Vec2<S>& b) {
  return {select(mask, a.x, b.x), select(mask, a.y, b.y)};
}
template <class S>
S tiny() {
  return S(Element<S>(1e-30));
}

// A path from a to b that touches a circle about the origin.
template <class S>
struct CirclePath {
  Vec2<S> entry, exit;   // where it touches first and last
  S before, arc, after;  // lengths: a to entry, along the circle, exit to b
  Mask<S> engaged;       // whether the path bends; the rest is meaningless where it does not, and not computed if it does in no lane
};

// The point of the straight line from a to b that is nearest to the origin.
template <class S>
Vec2<S> nearestToOrigin(const Vec2<S>& a, const Vec2<S>& b) {
  const Vec2<S> along = b - a;
  const S share = -dot(along, a) / maximum(dot(along, along), tiny<S>());
  return a + along * maximum(minimum(share, S(1)), S(0));
}

// 1 where the segments a-p and b-q intersect, otherwise 0.
template <class S>
S intersection(const Vec2<S>& a, const Vec2<S>& p, const Vec2<S>& b, const Vec2<S>& q) {
  const Vec2<S> first = p - a, second = q - b, between = a - b;
  const S determinant = cross(first, second);
  const auto negative = determinant < S(0);
  const S size = select(negative, -determinant, determinant);
  S onFirst = cross(second, between), onSecond = cross(first, between);
  onFirst = select(negative, -onFirst, onFirst);
  onSecond = select(negative, -onSecond, onSecond);
  return select((onFirst > S(0)) & (onFirst < size) & (onSecond > S(0)) & (onSecond < size), S(1), S(0));
}

// Angle between two vectors of the same length, in [0, pi].
template <class S>
S angleBetween(const Vec2<S>& a, const Vec2<S>& b) {
  return S(2) * arcTangentQuadrant(norm(a - b), norm(a + b));
}

// Which of the two ways round a circle a path takes: the shorter one, or that whose middle, of the arc or of the chord between the touching
// points, lies more on a given side.
enum class SideRule { kShorter, kArc, kChord };

// Round the outside of a circle of radius r.
template <class S>
CirclePath<S> aroundCircle(const Vec2<S>& a, const Vec2<S>& b, S r, SideRule rule, const Vec2<S>& side) {
  using T = Element<S>;
  const S rr = r * r, aa = dot(a, a), bb = dot(b, b);
  const Vec2<S> nearest = nearestToOrigin(a, b);
  Mask<S> bends = dot(nearest, nearest) < rr;
  if (rule != SideRule::kShorter) bends = bends | (dot(nearest, side) < S(0));
  CirclePath<S> path;
  path.engaged = bends & (aa > rr) & (bb > rr);
  if (!anyOf(path.engaged)) return path;

  // Tangent points (a r^2 +- r J a sqrt(|a|^2 - r^2)) / |a|^2: of the path that turns clockwise (0) and of the other one.
  const S inverseA = S(1) / maximum(aa, tiny<S>()), inverseB = S(1) / maximum(bb, tiny<S>());
  path.before = squareRoot(maximum(aa - rr, S(0)));
  path.after = squareRoot(maximum(bb - rr, S(0)));
  const Vec2<S> footA = a * (rr * inverseA), footB = b * (rr * inverseB);
  const Vec2<S> asideA = Vec2<S>{a.y, -a.x} * (r * path.before * inverseA);
  const Vec2<S> asideB = Vec2<S>{b.y, -b.x} * (r * path.after * inverseB);
  const Vec2<S> entries[2] = {footA + asideA, footA - asideA}, exits[2] = {footB - asideB, footB + asideB};
  S worth[2], crossed[2], behind[2];  // behind: positive where more than half a turn leads from entry to exit
  for (int k = 0; k < 2; ++k) {
    const Vec2<S> sum = entries[k] + exits[k], chord = entries[k] - exits[k];
    const S turned = cross(entries[k], exits[k]), chordSize = dot(chord, chord);
    behind[k] = k == 0 ? turned : -turned;
    // Touching points that rounding has swapped are no whole turn.
    behind[k] -= select(chordSize > dot(sum, sum), S(0), rr * S(T(1e-3)));
    worth[k] = rule == SideRule::kShorter ? -chordSize : dot(sum, side) / maximum(norm(sum), tiny<S>());
    if (rule == SideRule::kArc) worth[k] = select(behind[k] > S(0), -worth[k], worth[k]);
    crossed[k] = intersection(a, entries[k], b, exits[k]);
    worth[k] -= crossed[k] * S(T(1e4));
  }
  const auto clockwise = worth[0] > worth[1];
  path.entry = choose<S>(clockwise, entries[0], entries[1]);
  path.exit = choose<S>(clockwise, exits[0], exits[1]);
  path.engaged = path.engaged & (select(clockwise, crossed[0], crossed[1]) < S(T(0.5)));
  const S half = angleBetween(path.entry, path.exit);
  const auto longer = select(clockwise, behind[0], behind[1]) > S(0);
  path.arc = r * select(longer, S(T(6.283185307179586)) - half, half);
  return path;
}

// Through the inside of a circle: the path touches it at one point, where its angles to the circle are equal. The angle phi between
// the path and the radius there satisfies asin(A sin phi) + asin(B sin phi) - 2 phi + G = 0 with A = r / |a|, B = r / |b| and G the
// angle between a and b. The left side is concave, so that Newton's method descends to the root from pi / 2.
template <class S>
CirclePath<S> throughCircle(const Vec2<S>& a, const Vec2<S>& b, S r) {
  using T = Element<S>;
  constexpr int kSteps = 8;
  const S aa = dot(a, a), bb = dot(b, b), rr = r * r;
  const Vec2<S> nearest = nearestToOrigin(a, b);
  CirclePath<S> path;
  path.engaged = (dot(nearest, nearest) > rr) & (aa > rr) & (bb > rr);
  if (!anyOf(path.engaged)) return path;
  const S inverseA = S(1) / squareRoot(maximum(aa, tiny<S>())), inverseB = S(1) / squareRoot(maximum(bb, tiny<S>()));
  const Vec2<S> unitA = a * inverseA, unitB = b * inverseB;
  const S ratioA = minimum(r * inverseA, S(1)), ratioB = minimum(r * inverseB, S(1));
  const S between = angleBetween(unitA, unitB);
  const auto arcSine = [](S sine) { return arcTangentQuadrant(sine, squareRoot(maximum(S(1) - sine * sine, S(0)))); };

  const S rightAngle(T(1.5707963267948966));
  const S atStart = arcSine(ratioA) + arcSine(ratioB) - S(2) * rightAngle + between;
  S phi = rightAngle + atStart * S(T(0.5));
  for (int k = 0; k < kSteps; ++k) {
    S sine, cosine;
    sineCosine(phi, sine, cosine);
    const S sineA = ratioA * sine, sineB = ratioB * sine;
    const S f = arcSine(sineA) + arcSine(sineB) - S(2) * phi + between;
    const S slope = ratioA * cosine / squareRoot(maximum(S(1) - sineA * sineA, tiny<S>())) +
                    ratioB * cosine / squareRoot(maximum(S(1) - sineB * sineB, tiny<S>())) - S(2);
    phi = maximum(phi - f / minimum(slope, S(T(-1e-6))), S(0));
  }
  S sine, cosine;
  sineCosine(phi, sine, cosine);
  const auto left = cross(a, b) > S(0);
  S turnSine, turnCosine;
  sineCosine(phi - arcSine(select(left, ratioA, ratioB) * sine), turnSine, turnCosine);
  const Vec2<S> from = choose<S>(left, unitA, unitB);
  const Vec2<S> touch{turnCosine * from.x - turnSine * from.y, turnSine * from.x + turnCosine * from.y};
  // No root where the ends are so far apart that the path meets the circle from the other side: the middle between them.
  const Vec2<S> sum = a + b;
  const Vec2<S> middle = sum * (S(1) / maximum(norm(sum), tiny<S>()));
  path.entry = path.exit = choose<S>(atStart > S(0), middle, touch) * r;
  path.before = norm(a - path.entry);
  path.after = norm(b - path.exit);
  path.arc = S(0);
  return path;
}

}  // namespace muscle::geodesic
