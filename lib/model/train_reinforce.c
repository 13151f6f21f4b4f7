/* train_reinforce.c: see train_reinforce.h. */
#include "model/train_reinforce.h"

#include <stdlib.h>

#include "model/reinforce.h"
#include "model/reward.h"

struct idc_reinforcer {
    const idc_train_model *model;
    const idc_train_settings *settings;
    idc_reward *reward;
    idc_speaker *speaker;
    idc_earned earned;
};

int idc_reinforcer_new(idc_reinforcer **out, const idc_dataset *data, const idc_train_model *model,
                       const idc_train_settings *settings, idc_error *err)
{
    idc_reinforcer *f = *out = calloc(1, sizeof *f);
    if (f == NULL)
        return idc_fail(err, IDC_E_MEMORY, "rewards: no memory");
    f->model = model;
    f->settings = settings;
    int rc = idc_reward_new(&f->reward, data, model->config.vocabulary, err);
    if (rc == 0)
        rc = idc_speaker_new(&f->speaker, model->network, err);
    if (rc < 0)
        idc_reinforcer_free(out);
    return rc;
}

void idc_reinforcer_free(idc_reinforcer **f)
{
    if (*f == NULL)
        return;
    idc_speaker_free(&(*f)->speaker);
    idc_reward_free(&(*f)->reward);
    free(*f);
    *f = NULL;
}

static int earn(const idc_reinforcer *f, const idc_batch *b, int pair, const idc_said *said,
                const int32_t *ids, double *reward, idc_error *err)
{
    idc_earning e = {.set = b->origin[pair],
                     .mirrored = b->mirrored[pair],
                     .ids = ids,
                     .n = idc_said_length(ids, said->row)};
    return idc_reward_of(f->reward, &e, reward, err);
}

/* The advantage of each sentence: what it earns more than the greedy one. */
static int judge(idc_reinforcer *f, const idc_batch *b, idc_said *said, idc_error *err)
{
    int rc = 0;
    f->earned = (idc_earned){0, 0};
    for (int i = 0; rc == 0 && i < said->pairs; i++) {
        double baseline = 0, reward = 0;
        rc = earn(f, b, i, said, said->greedy + i * said->row, &baseline, err);
        f->earned.baseline += baseline / said->pairs;
        for (int k = i * said->samples; rc == 0 && k < (i + 1) * said->samples; k++) {
            rc = earn(f, b, i, said, said->ids + k * said->row, &reward, err);
            f->earned.reward += reward / said->pairs / said->samples;
            said->advantage[k] = (float)(reward - baseline);
        }
    }
    return rc;
}

int idc_reinforcer_step(idc_reinforcer *f, idc_tape *t, const idc_batch *b, idc_losses *l,
                        idc_error *err)
{
    idc_said said = {.pairs = b->pairs,
                     .samples = (int)f->settings->samples,
                     .temperature = f->settings->temperature,
                     .seed = l->seed,
                     .step = l->step};
    int rc = idc_tape_status(t, err);
    if (rc == 0)
        rc = idc_speaker_say(f->speaker, t, l->pair.tokens, &said, err);
    if (rc == 0)
        rc = judge(f, b, &said, err);
    if (rc < 0)
        return rc;
    idc_loss_add(t, l, IDC_LOSS_REWARD,
                 idc_reinforce_loss(f->model->network, t, l->pair.tokens, &said));
    return idc_tape_status(t, err);
}

idc_earned idc_reinforcer_earned(const idc_reinforcer *f)
{
    return f->earned;
}
