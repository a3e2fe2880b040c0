// Environments that do not take part in a control step: the lanes step together, so theirs are kept and put back.
#include <algorithm>

#include "environment/group.hpp"

namespace muscle::environment {

void Group::holdLanes(const bool* held) {
  heldCount_ = 0;
  if (!held) return;
  for (int lane = 0; lane < exposed_; ++lane) heldCount_ += held[first_ + lane];
  if (heldCount_ == 0) return;
  if (kept_.empty()) makeKept();  // at the first use alone
  const std::size_t history = comHistory_.size() / lanes();
  for (int lane = 0; lane < exposed_; ++lane) {
    KeptLane& kept = kept_[lane];
    kept.held = held[first_ + lane];
    if (!kept.held) continue;
    kept.episode = episodes_[lane];
    state_.copyLane(lane, kept.state.data());
    std::copy_n(comHistory(lane), history, kept.comHistory.data());
  }
}

void Group::makeKept() {
  kept_.resize(exposed_);
  for (KeptLane& kept : kept_) {
    kept.state.resize(state_.laneSize());
    kept.comHistory.resize(comHistory_.size() / lanes());
  }
}

void Group::releaseLanes() {
  if (heldCount_ == 0) return;
  for (int lane = 0; lane < exposed_; ++lane) {
    const KeptLane& kept = kept_[lane];
    if (!kept.held) continue;
    episodes_[lane] = kept.episode;
    state_.setLane(lane, kept.state.data());
    std::copy(kept.comHistory.begin(), kept.comHistory.end(), comHistory(lane));
  }
}

void Group::writeHeld(int lane, const Outputs& out) const {
  const std::size_t row = first_ + lane;
  const int terms = scene_->settings.rewardTerms();
  if (out.reward) out.reward[row] = 0;
  if (out.rewardTerms) std::fill_n(out.rewardTerms + row * terms, terms, 0.0f);
  if (out.terminated) out.terminated[row] = false;
  if (out.truncated) out.truncated[row] = false;
}

}  // namespace muscle::environment
